"""Keeping: package types, presets, service rules and tax numbers of a workspace."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from packbench.carriers.models import PackageType, Preset, ServiceRule, TaxNumber
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

Kept = PackageType | Preset | ServiceRule | TaxNumber

TAKEN = {
    PackageType: marked("Another package type has this name. Choose another one."),
    Preset: marked("Another preset has this name or this key. Choose another one."),
    ServiceRule: marked(
        "There is a rule for this store, service level and destination already. Change that one."
    ),
    TaxNumber: marked("There is a number of this kind and country already. Change that one."),
}
NAMES = {
    PackageType: "package",
    Preset: "preset",
    ServiceRule: "service_rule",
    TaxNumber: "tax_number",
}
MOST = 200  # of each kind
TOO_MANY = marked("There are %(maximum)s of them already. Remove one first.")


def keep(row: Kept, *, actor: str, now: datetime) -> None:
    """Add it or save its changes. Raises Rejected: its name, key or place is taken."""
    kind = type(row)
    if row._state.adding:
        row.created_at = now
        if kind._default_manager.filter(workspace_id=row.workspace_id).count() >= MOST:
            raise Rejected(TOO_MANY, code="too_many", maximum=MOST)
    try:
        with transaction.atomic():
            row.validate_constraints()
            row.save()
            _record(row, "saved", actor=actor, now=now)
    except (ValidationError, IntegrityError):
        raise Rejected(TAKEN[kind], code="taken") from None


@transaction.atomic
def drop(row: Kept, *, actor: str, now: datetime) -> None:
    """Remove it. What it once decided stays as it is."""
    _record(row, "removed", actor=actor, now=now)
    row.delete()


@transaction.atomic
def choose_box(box: PackageType, *, is_default: bool, actor: str, now: datetime) -> None:
    """Let orders go in this box where nothing says otherwise, or in none."""
    every = PackageType.objects.filter(workspace_id=box.workspace_id)
    list(every.select_for_update().order_by("id").values_list("pk"))
    every.filter(is_default=True).update(is_default=False)
    every.filter(pk=box.pk).update(is_default=is_default)
    _record(box, "saved", actor=actor, now=now)


def _record(row: Kept, said: str, *, actor: str, now: datetime) -> None:
    name = f"{NAMES[type(row)]}.{said}"
    record(name, row.workspace_id, actor=actor, now=now, id=row.pk)
