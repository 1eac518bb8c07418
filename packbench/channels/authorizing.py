"""Website authorization: to Seller Central and back (`spapi.md` §2.2)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from packbench.channels.base import Credentials
from packbench.channels.connecting import (
    add_store,
    free_name,
    save_account,
    selling_marketplaces,
)
from packbench.channels.models import Application, AuthorizationAttempt, SellerAccount, Store
from packbench.channels.registry import open_authorizer, open_with
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_country
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal

STATE_LIFE = timedelta(minutes=10)

STATE_UNKNOWN = marked(
    "This answer from Amazon does not belong to a connection that you began here in the last ten "
    "minutes. Begin again from Connect."
)
REFUSED = marked("Amazon says that the authorization was declined. Nothing was connected.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who began the consent: the same person in the same session and workspace finishes it."""

    person_id: str
    session_key: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What Amazon's redirect carried back."""

    state: str
    seller_id: str = ""
    code: str = ""
    error: str = ""


def begin(
    application: Application,
    visitor: Visitor,
    *,
    country: str,
    name: str,
    feedback: str,
    redirect_uri: str,
    now: datetime,
) -> str:
    """Write down a consent on its way and return the address to send the seller to."""
    state = secrets.token_urlsafe(32)
    AuthorizationAttempt.objects.create(
        state_hash=_hash(state),
        workspace=application.workspace,
        application=application,
        person_id=visitor.person_id,
        session_hash=_hash(visitor.session_key),
        country=country,
        name=name,
        feedback=feedback,
        redirect_uri=redirect_uri,
        created_at=now,
    )
    return open_authorizer().consent_url(
        country=country,
        application_id=application.application_id,
        state=state,
        redirect_uri=redirect_uri,
        is_draft=application.is_draft,
    )


def finish(answer: Answer, visitor: Visitor, *, now: datetime) -> Store:
    """Turn Amazon's answer into a connected account and its first store.

    Raises Rejected where the state is unknown, used, too old, or another person's or session's,
    and the connector's errors where Amazon refuses the code.
    """
    attempt = _claim(answer.state, visitor, now=now)
    if answer.error or not answer.code or not answer.seller_id:
        raise Rejected(REFUSED, code="consent_refused")
    account = _account_of(attempt, answer, now=now)
    marketplace = by_country(attempt.country)
    return add_store(
        account,
        marketplace.id,
        name=attempt.name or free_name(account.workspace, marketplace, account.seller_id),
        feedback=attempt.feedback,
        actor=visitor.person_id,
        now=now,
    )


def _claim(state: str, visitor: Visitor, *, now: datetime) -> AuthorizationAttempt:
    open_attempts = AuthorizationAttempt.objects.filter(
        state_hash=_hash(state),
        person_id=visitor.person_id,
        session_hash=_hash(visitor.session_key),
        workspace_id=visitor.workspace_id,
        created_at__gt=now - STATE_LIFE,
        used_at__isnull=True,
    )
    if open_attempts.update(used_at=now) != 1:
        raise Rejected(STATE_UNKNOWN, code="state_unknown")
    return AuthorizationAttempt.objects.select_related("application__workspace__key").get(
        state_hash=_hash(state)
    )


def _account_of(attempt: AuthorizationAttempt, answer: Answer, *, now: datetime) -> SellerAccount:
    application = attempt.application
    secret = unseal(application.client_secret, application.workspace.key.opened())
    grant = open_authorizer().exchange(
        code=answer.code,
        redirect_uri=attempt.redirect_uri,
        client_id=application.client_id,
        client_secret=secret,
    )
    credentials = Credentials(
        region=by_country(attempt.country).region,
        seller_id=answer.seller_id,
        client_id=application.client_id,
        client_secret=secret,
        refresh_token=grant.refresh_token,
    )
    return save_account(
        application,
        credentials,
        way=SellerAccount.Way.WEBSITE,
        marketplace_ids=selling_marketplaces(open_with(credentials)),
        actor=attempt.person_id,
        now=now,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
