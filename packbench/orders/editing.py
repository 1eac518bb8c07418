"""Editing: what a person enters of products, and what that mends in waiting orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.weighing import mend_orders
from packbench.products.describing import FIELDS
from packbench.products.models import Product

Changes = Mapping[str, Any]  # by the names of describing.FIELDS, values as read there
AT_ONCE = 500
# What orders take over from their products.
FOLLOWED = frozenset(
    {"weight_g", "tags", "hs_code", "country_of_origin", "customs_value", "customs_currency"}
)


@dataclass(frozen=True, slots=True)
class Edited:
    """How many products are other than before, and how many waiting orders that mended.

    `fields` are the names of what changed, by the SKUs of all products that were found.
    """

    changed: int
    mended: int
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


@transaction.atomic
def edit_products(
    workspace: Workspace, changes: Mapping[str, Changes], *, actor: str, now: datetime
) -> Edited:
    """Set the fields that are named, by SKU; others stay. Safe to run again.

    A customs value without currency is in the currency of the store that sells the product.
    """
    rows = workspace.products.listed().filter(sku__in=list(changes)).select_related("store")
    edited, followed, events = [], [], []
    fields: dict[str, Sequence[str]] = {}
    for row in rows.defer("store__brand_logo").select_for_update(of=("self",)).order_by("pk"):
        names = fields[row.sku] = _set(row, changes[row.sku])
        if not names:
            continue
        edited.append(row)
        events.append(_changed(row, names, actor=actor, now=now))
        if not FOLLOWED.isdisjoint(names):
            followed.append(row)
    Product.objects.bulk_update(edited, FIELDS, batch_size=AT_ONCE)
    record_all(events)
    mended = mend_orders(workspace, followed, actor=actor, now=now) if followed else 0
    return Edited(len(edited), mended, fields)


def _set(row: Product, changes: Changes) -> list[str]:
    """Set the fields and return the names of those that changed."""
    wanted = {name: value for name, value in changes.items() if name in FIELDS}
    names = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in names:
        setattr(row, name, wanted[name])
    if row.customs_value is not None and not row.customs_currency and row.store:
        row.customs_currency = row.store.currency
    return names


def _changed(row: Product, names: Iterable[str], *, actor: str, now: datetime) -> Event:
    return event(
        "product.changed",
        row.workspace_id,
        actor=actor,
        now=now,
        product_id=row.pk,
        fields=list(names),
    )
