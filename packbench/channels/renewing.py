"""Renewing: the same seller's authorization again, with a token that is pasted in (SEED-90)."""

from datetime import datetime

from django.db import transaction

from packbench.channels.authorizing import Visitor, begin
from packbench.channels.base import Credentials
from packbench.channels.checking import check_time
from packbench.channels.connecting import has_token, save_account
from packbench.channels.locating import locate
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_with
from packbench.jobs import defer_once
from packbench.lib.errors import NotFound, Rejected
from packbench.lib.marketplaces import by_id
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal

NO_CONSENT = marked(
    "This account cannot be renewed in Seller Central from here: its application has no "
    "application ID, or the account has no store. Paste a refresh token, or connect it again."
)
OTHER_SELLER = marked(
    "This refresh token is another seller's: Amazon does not show it the orders of %(seller)s. "
    "Paste a token of seller %(seller)s; connect the other one as an account of its own."
)


def ask_renewal(
    account: SellerAccount, visitor: Visitor, *, redirect_uri: str, now: datetime
) -> str:
    """Begin the consent of an account that is here; return the address in Seller Central.

    Raises Rejected where the application has no application ID, or the account no store.
    """
    store = account.stores.order_by("created_at", "id").first()
    if store is None or not account.application.application_id:
        raise Rejected(NO_CONSENT, code="no_consent")
    return begin(
        account.application,
        visitor,
        country=by_id(store.marketplace_id).country,
        name=store.name,
        feedback=store.feedback,
        redirect_uri=redirect_uri,
        account=account,
        now=now,
    )


def renew_by_token(
    account: SellerAccount, refresh_token: str, *, known_order: str, actor: str, now: datetime
) -> None:
    """Verify the token at Amazon, then go on with it: the one that is here, or a new one.

    `known_order` is the number of an order that came in through this account, or empty: Amazon
    shows it to its own seller only. Raises Rejected for the token of an account that works, before
    the month in which it can be renewed, and RemoteError; then it saved nothing.
    """
    if account.status == SellerAccount.Status.ACTIVE and has_token(account, refresh_token.strip()):
        check_time(account, now=now)
    application = account.application
    credentials = Credentials(
        region=account.region,
        seller_id=account.seller_id,
        client_id=application.client_id,
        client_secret=unseal(application.client_secret, account.workspace.key.opened()),
        refresh_token=refresh_token.strip(),
    )
    marketplace_ids = locate(credentials)
    if known_order:
        _check_order(credentials, known_order)
    with transaction.atomic():
        save_account(
            application,
            credentials,
            way=SellerAccount.Way(account.way),
            marketplace_ids=marketplace_ids,
            is_pasted=True,
            actor=actor,
            now=now,
        )
        defer_once("orders.import_account", account_id=account.pk)


def _check_order(credentials: Credentials, order_id: str) -> None:
    """No token says whose it is, and not every application may ask for listings."""
    try:
        open_with(credentials).fetch_order(order_id)
    except NotFound as refusal:
        raise Rejected(
            OTHER_SELLER,
            code="other_seller",
            request_id=refusal.request_id,
            seller=credentials.seller_id,
        ) from None
