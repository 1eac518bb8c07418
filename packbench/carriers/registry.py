"""Which carriers there are. Connectors are named by dotted path: nothing here imports them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from packbench.accounts.models import Workspace
from packbench.carriers.base import Carrier, CarrierSecrets, Feature, Opening, Service
from packbench.carriers.kinds import KINDS
from packbench.carriers.models import CarrierAccount
from packbench.channels.models import SellerAccount
from packbench.channels.quota import DatabaseBuckets
from packbench.channels.registry import credentials_of
from packbench.lib.errors import RemoteError, Unsupported
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal

NO_CARRIER = marked(
    "This installation has no carrier “%(carrier)s”. Install what it needs, or choose another one."
)
NO_SERVICE = marked("%(carrier)s no longer offers the service %(service)s. Choose another one.")
CARRIERS = {kind.code: kind.opening for kind in KINDS}  # an entry there makes a carrier known


def open_carrier(account: CarrierAccount) -> Carrier:
    """Return the carrier that buys for the account.

    Raises Unsupported for one that this installation does not have, BadCredentials where the
    seller account it buys through was revoked.
    """
    opening = opening_with(account.settings, secrets_of(account), account.seller_account)
    return open_with(account.carrier, opening)


def open_with(carrier: str, opening: Opening) -> Carrier:
    """Return a carrier for an account that is not saved yet. Raises as `open_carrier`."""
    path = CARRIERS.get(carrier)
    if path is None:
        raise Unsupported(NO_CARRIER, code="no_carrier", carrier=carrier)
    return cast(Carrier, import_string(path)(opening))


def opening_with(
    given: Mapping[str, Any], secrets: CarrierSecrets, seller: SellerAccount | None
) -> Opening:
    """Return what an account with these settings is opened with. Raises BadCredentials."""
    return Opening(
        settings=dict(given),
        secrets=secrets,
        sandbox_url=settings.SANDBOX_URL or "",
        credentials=credentials_of(seller) if seller else None,
        buckets=DatabaseBuckets() if seller else None,
        interpreter=settings.KARRIO_PYTHON,
    )


def secrets_of(account: CarrierAccount) -> CarrierSecrets:
    if account.secrets is None:
        return CarrierSecrets()
    secrets: CarrierSecrets = unseal(account.secrets, account.workspace.key.opened())
    return secrets


def can(account: CarrierAccount, feature: Feature) -> bool:
    """Whether the account's carrier has the feature; one that cannot be opened has none."""
    try:
        return feature in open_carrier(account).features
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
