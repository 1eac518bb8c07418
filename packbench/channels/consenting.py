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

    Raises Rejected where a store of another marketplace has the name already.
    """
    _check_name(workspace, wish)
    if isinstance(application, GivenApplication):
        application = keep_application(
            workspace,
            application.client_id,
            application.client_secret,
            application_id=application.application_id,
            is_draft=application.is_draft,
            now=now,
        )
    record_consent(workspace, person_id=visitor.person_id, ip_address=ip_address, now=now)
    return begin(
        application,
        visitor,
        country=wish.country,
        name=wish.name,
        feedback=wish.feedback,
        redirect_uri=wish.redirect_uri,
        now=now,
    )


def _check_name(workspace: Workspace, wish: Wish) -> None:
    """A name may be there already where this is a renewal of the store that bears it."""
    marketplace_id = by_country(wish.country).id
    namesake = workspace.stores.filter(name=wish.name).first()
    if namesake and (namesake.is_file_store or namesake.marketplace_id != marketplace_id):
        raise Rejected(NAME_TAKEN, code="name_taken", name=wish.name)
