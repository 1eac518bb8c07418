"""Settling: where parcels leave from, and when."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.models import Warehouse, workdays
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NAME_TAKEN = marked("The name “%(name)s” is taken. Choose another one.")


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


@dataclass(frozen=True, slots=True)
class Calendar:
    """When parcels are picked up there: `cutoff_at` in its time zone, `pickup_days` from Monday, 0.

    Without a cut-off the day ends at midnight; without pick-up days a parcel leaves at once.
    """

    email: str = ""
    time_zone: str = ""
    cutoff_at: time | None = None
    pickup_days: Sequence[int] = field(default_factory=workdays)
    holidays: Sequence[date] = ()


@transaction.atomic
def save_warehouse(
    workspace: Workspace,
    address: ShipFrom,
    calendar: Calendar | None = None,
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
    if calendar:
        row.email, row.time_zone = calendar.email, calendar.time_zone
        row.cutoff_at = calendar.cutoff_at
        row.pickup_days = sorted(set(calendar.pickup_days))
        row.holidays = sorted(set(calendar.holidays))
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
