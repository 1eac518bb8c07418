"""Website authorization: to Seller Central and back (`spapi.md` §2.2)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from packbench.channels.base import Credentials
from packbench.channels.connecting import add_store, free_name, save_account
from packbench.channels.locating import locate
from packbench.channels.models import Application, AuthorizationAttempt, SellerAccount, Store
from packbench.channels.registry import open_authorizer
from packbench.channels.rotating import keep_secret
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_country
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer, unseal

STATE_LIFE = timedelta(minutes=10)
MOST_UNDER_WAY = 50  # consents begun in one workspace within the life of a state

STATE_UNKNOWN = marked(
    "This answer from Amazon does not belong to a connection that you began here in the last ten "
    "minutes. Begin again from Connect."
)
STATE_USED = marked(
    "This answer from Amazon was used already: it counts once. If the store is not there, begin "
    "again."
)
STATE_OLD = marked(
    "More than ten minutes went by between the desk and Amazon's answer. Begin again; Amazon "
    "remembers that you agreed."
)
OTHER_SESSION = marked(
    "You began this in another browser or before you signed in anew. Begin again here and come "
    "back in the same browser."
)
TOO_MANY = marked(
    "%(count)s consents are under way in this workspace. Finish one of them or wait ten minutes."
)
REFUSED = marked("Amazon says that the authorization was declined. Nothing was connected.")
APP_UNAVAILABLE = marked(
    "Amazon says that the application is not available (MD1000): its ID is wrong, or it is still "
    "a draft. Check the application ID and tick that the application is a draft."
)
ADDRESS_UNKNOWN = marked(
    "Amazon says that this desk's address is not registered with the application (MD5101). "
    "Register the redirect URI, letter by letter, and begin again."
)
CONSENT_FAILED = marked("Amazon ended the consent with the error %(error)s. Nothing was connected.")
INCOMPLETE = marked(
    "Amazon's answer lacks the code or the seller ID. Nothing was connected; begin again."
)
OTHER_SELLER = marked(
    "You signed in at Amazon as seller %(given)s, and this is the renewal of seller %(seller)s. "
    "Nothing was changed. Sign out of Seller Central, begin again, and sign in as %(seller)s."
)
seal_untried = sealer(AuthorizationAttempt, "client_secret")

SAID_BY_AMAZON = {
    "access_denied": (REFUSED, "consent_refused"),
    "MD1000": (APP_UNAVAILABLE, "app_unavailable"),
    "MD5101": (ADDRESS_UNKNOWN, "address_unknown"),
}


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
    account: SellerAccount | None = None,
    untried_secret: str = "",
    now: datetime,
) -> str:
    """Write down a consent on its way and return the address to send the seller to.

    With an `account` it is the renewal of that one and of no other seller's. An `untried_secret`
    becomes the application's when Amazon accepted it. Raises Rejected where too many are on their
    way.
    """
    under_way = application.workspace.authorization_attempts.filter(
        created_at__gt=now - STATE_LIFE, used_at__isnull=True
    )
    if under_way.count() >= MOST_UNDER_WAY:
        raise Rejected(TOO_MANY, code="too_many_consents", count=MOST_UNDER_WAY)
    state = secrets.token_urlsafe(32)
    key = application.workspace.key.opened() if untried_secret else None
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
        client_secret=seal_untried(untried_secret, key) if key else None,
        account=account,
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
    """Turn Amazon's answer into a connected account and the store that was wished for.

    Where the account has a store for that marketplace, this is its renewal: that store is
    returned as it is. Raises Rejected where the state is unknown, used, too old, or another
    person's or session's, and the connector's errors where Amazon refuses the code.
    """
    attempt = _claim(answer.state, visitor, now=now)
    _check(answer)
    _check_seller(attempt, answer)
    account = _account_of(attempt, answer, now=now)
    marketplace = by_country(attempt.country)
    existing = account.stores.filter(marketplace_id=marketplace.id).first()
    return existing or add_store(
        account,
        marketplace.id,
        name=attempt.name or free_name(account.workspace, marketplace, account.seller_id),
        feedback=attempt.feedback,
        actor=visitor.person_id,
        now=now,
    )


def country_of(state: str, visitor: Visitor) -> str:
    """Return the country that this person's consent was begun for, or nothing."""
    mine = AuthorizationAttempt.objects.filter(
        state_hash=_hash(state), person_id=visitor.person_id, workspace_id=visitor.workspace_id
    )
    return mine.values_list("country", flat=True).first() or ""


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
        raise _not_claimed(state, visitor)
    return AuthorizationAttempt.objects.select_related(
        "application__workspace__key", "account"
    ).get(state_hash=_hash(state))


def _not_claimed(state: str, visitor: Visitor) -> Rejected:
    """Why the state could not be claimed; to other people it is simply unknown."""
    attempt = AuthorizationAttempt.objects.filter(
        state_hash=_hash(state), person_id=visitor.person_id, workspace_id=visitor.workspace_id
    ).first()
    if attempt is None:
        return Rejected(STATE_UNKNOWN, code="state_unknown")
    if attempt.session_hash != _hash(visitor.session_key):
        return Rejected(OTHER_SESSION, code="state_of_other_session")
    if attempt.used_at:
        return Rejected(STATE_USED, code="state_used")
    return Rejected(STATE_OLD, code="state_old")


def _check(answer: Answer) -> None:
    """Raise Rejected where Amazon sent the seller back without a code."""
    if answer.error:
        text, code = SAID_BY_AMAZON.get(answer.error, (CONSENT_FAILED, "consent_failed"))
        raise Rejected(text, code=code, error=answer.error)
    if not answer.code or not answer.seller_id:
        raise Rejected(INCOMPLETE, code="answer_incomplete")


def _check_seller(attempt: AuthorizationAttempt, answer: Answer) -> None:
    """A renewal is for the seller whose account it is: another one would be connected unasked."""
    if attempt.account and attempt.account.seller_id != answer.seller_id:
        raise Rejected(
            OTHER_SELLER,
            code="other_seller",
            given=answer.seller_id,
            seller=attempt.account.seller_id,
        )


def _account_of(attempt: AuthorizationAttempt, answer: Answer, *, now: datetime) -> SellerAccount:
    application = attempt.application
    credentials = _exchanged(attempt, answer, now=now)
    return save_account(
        application,
        credentials,
        way=SellerAccount.Way.WEBSITE,
        marketplace_ids=locate(credentials),
        actor=attempt.person_id,
        now=now,
    )


def _exchanged(attempt: AuthorizationAttempt, answer: Answer, *, now: datetime) -> Credentials:
    """Trade the code; a secret that Amazon took with it is the application's from now on."""
    application = attempt.application
    sealed = attempt.client_secret or application.client_secret
    secret = unseal(sealed, application.workspace.key.opened())
    grant = open_authorizer().exchange(
        code=answer.code,
        redirect_uri=attempt.redirect_uri,
        client_id=application.client_id,
        client_secret=secret,
    )
    if attempt.client_secret:
        keep_secret(application, secret, actor=attempt.person_id, now=now)
    return Credentials(
        region=by_country(attempt.country).region,
        seller_id=answer.seller_id,
        client_id=application.client_id,
        client_secret=secret,
        refresh_token=grant.refresh_token,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
