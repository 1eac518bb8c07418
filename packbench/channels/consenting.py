"""Consenting: what a person agrees to, then the way to Seller Central (SEED-15)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.authorizing import Visitor, begin
from packbench.channels.connecting import NAME_TAKEN, keep_application, record_consent
from packbench.channels.models import Application
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_country
from packbench.privacy.fields import unseal


@dataclass(frozen=True, slots=True)
class GivenApplication:
    """An application as a person typed it in: its secret is sealed when it is saved."""

    client_id: str
    client_secret: str
    application_id: str
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """The store that shall come of the consent. `feedback` is a Store.Feedback."""

    country: str
    name: str
    feedback: str
    redirect_uri: str


@transaction.atomic
def ask_consent(
    application: Application | GivenApplication,
    wish: Wish,
    visitor: Visitor,
    *,
    workspace: Workspace,
    ip_address: str | None,
    now: datetime,
) -> str:
    """Keep the application and the two statements; return the address in Seller Central.

    Another secret than the one that is saved takes its place when Amazon accepted it. Raises
    Rejected where a store of another marketplace has the name already.
    """
    _check_name(workspace, wish)
    untried = ""
    if isinstance(application, GivenApplication):
        application, untried = _keep(workspace, application, now=now)
    record_consent(workspace, person_id=visitor.person_id, ip_address=ip_address, now=now)
    return begin(
        application,
        visitor,
        country=wish.country,
        name=wish.name,
        feedback=wish.feedback,
        redirect_uri=wish.redirect_uri,
        untried_secret=untried,
        now=now,
    )


def _keep(
    workspace: Workspace, given: GivenApplication, *, now: datetime
) -> tuple[Application, str]:
    """Save the application, and return with it the secret that only Amazon can tell from a slip.

    That is empty where the application is new or its secret the one that is saved.
    """
    known = workspace.applications.filter(client_id=given.client_id.strip()).first()
    secret = given.client_secret.strip()
    saved = unseal(known.client_secret, workspace.key.opened()) if known else secret
    application = keep_application(
        workspace,
        given.client_id,
        saved,
        application_id=given.application_id,
        is_draft=given.is_draft,
        now=now,
    )
    return application, secret if secret != saved else ""


def _check_name(workspace: Workspace, wish: Wish) -> None:
    """A name may be there already where this is a renewal of the store that bears it."""
    marketplace_id = by_country(wish.country).id
    namesake = workspace.stores.filter(name=wish.name).first()
    if namesake and (namesake.is_file_store or namesake.marketplace_id != marketplace_id):
        raise Rejected(NAME_TAKEN, code="name_taken", name=wish.name)
