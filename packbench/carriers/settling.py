"""Settling: where parcels leave from and how a carrier is used."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.models import CarrierAccount, Warehouse
from packbench.carriers.registry import open_carrier
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NAME_TAKEN = marked("The name “%(name)s” is taken. Choose another one.")
NO_SERVICE = marked("%(carrier)s has no service “%(service)s”. Choose another one.")


@dataclass(frozen=True, slots=True)
class ShipFrom:
    """The address on the label's top. `country` is ISO 3166-1 alpha-2."""

    name: str
    company: str
    line1: str
    city: str
    country: str
    line2: str = ""
    postal_code: str = ""
    state: str = ""
    phone: str = ""


@transaction.atomic
def save_warehouse(
    workspace: Workspace,
    address: ShipFrom,
    *,
    warehouse: Warehouse | None = None,
    actor: str,
    now: datetime,
) -> Warehouse:
    """Add an address, or change the given one; the first one is the default. Raises Rejected."""
    others = workspace.warehouses.exclude(pk=warehouse.pk if warehouse else "")
    if others.filter(name=address.name).exists():
        raise Rejected(NAME_TAKEN, code="name_taken", name=address.name)
    row = warehouse or Warehouse(
        workspace=workspace, created_at=now, is_default=not others.exists()
    )
    for name, value in asdict(address).items():
        setattr(row, name, value)
    row.save()
    record("warehouse.saved", workspace.pk, actor=actor, now=now, warehouse_id=row.pk)
    return row


@transaction.atomic
def choose_warehouse(warehouse: Warehouse, *, actor: str, now: datetime) -> None:
    """Let new labels leave from this address. Safe to run again."""
    every = Warehouse.objects.filter(workspace_id=warehouse.workspace_id)
    list(every.select_for_update().order_by("id").values_list("pk"))
    every.filter(is_default=True).exclude(pk=warehouse.pk).update(is_default=False)
    if every.filter(pk=warehouse.pk, is_default=False).update(is_default=True):
        record(
            "warehouse.saved",
            warehouse.workspace_id,
            actor=actor,
            now=now,
            warehouse_id=warehouse.pk,
        )


@transaction.atomic
def change_carrier(
    account: CarrierAccount,
    *,
    name: str,
    label_size: str,
    default_service: str,
    actor: str,
    now: datetime,
) -> None:
    """Save how the carrier is called and used. Raises Rejected."""
    others = CarrierAccount.objects.filter(workspace_id=account.workspace_id)
    if others.exclude(pk=account.pk).filter(name=name).exists():
        raise Rejected(NAME_TAKEN, code="name_taken", name=name)
    codes = {service.code for service in open_carrier(account).services()}
    if default_service not in codes:
        raise Rejected(
            NO_SERVICE, code="unknown_service", carrier=account.name, service=default_service
        )
    account.name, account.label_size, account.default_service = name, label_size, default_service
    account.save(update_fields=["name", "label_size", "default_service"])
    record("carrier.changed", account.workspace_id, actor=actor, now=now, carrier_id=account.pk)
