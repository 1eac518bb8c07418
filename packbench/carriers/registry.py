"""Which carriers there are. Connectors are named by dotted path: nothing here imports them."""

from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from packbench.accounts.models import Workspace
from packbench.carriers.base import Carrier, Feature, Service
from packbench.carriers.models import CarrierAccount
from packbench.lib.errors import RemoteError, Unsupported
from packbench.lib.sentences import marked

NO_SERVICE = marked("%(carrier)s no longer offers the service %(service)s. Choose another one.")
CARRIERS = {
    "local": "packbench.connectors.local.opening.open_carrier",
    "sandbox": "packbench.connectors.sandbox.opening.open_carrier",
}


def open_carrier(account: CarrierAccount) -> Carrier:
    """Return the carrier that buys for the account."""
    opener = import_string(CARRIERS[account.carrier])
    return cast(Carrier, opener(account.settings, sandbox_url=settings.SANDBOX_URL))


def can_track(account: CarrierAccount) -> bool:
    """Whether the account's carrier says itself what became of a parcel."""
    try:
        return Feature.TRACKING in open_carrier(account).features
    except RemoteError:
        return False


def service_of(account: CarrierAccount, code: str) -> Service:
    """Return the service by code. Raises Unsupported where the carrier has none of it."""
    for service in open_carrier(account).services():
        if service.code == code:
            return service
    raise Unsupported(NO_SERVICE, code="no_service", carrier=account.name, service=code)


@transaction.atomic
def default_account(workspace: Workspace, *, now: datetime) -> CarrierAccount:
    """Return the workspace's carrier account, making the local one where there is none."""
    account, _ = CarrierAccount.objects.get_or_create(
        workspace=workspace,
        is_default=True,
        defaults={"carrier": "local", "name": "Own labels", "created_at": now},
    )
    return account
