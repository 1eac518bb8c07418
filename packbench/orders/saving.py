"""Saving a page of orders: one transaction, each order once, whatever comes twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from packbench.channels.base import ChannelOrder, OrderStatus, SkippedOrder
from packbench.channels.models import SellerAccount, Skip, Store
from packbench.database.copying import copy_rows
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.filling import fill_order, item_row
from packbench.orders.models import WORK, Order, OrderItem, Status
from packbench.privacy.models import DataKey, opened_if_alive
from packbench.privacy.sealing import OpenKey
from packbench.products.models import Product

ACTOR = "import"
KEPT_WHEN_CHANGED = (
    "id",
    "workspace",
    "store",
    "external_id",
    "key",
    "imported_at",
    "held_at",
    "hold_reason",
    "confirmed_at",
    "is_weight_given",
)
ORDER_FIELDS = [
    field.name for field in Order._meta.concrete_fields if field.name not in KEPT_WHEN_CHANGED
]
ITEM_FIELDS = [
    field.name
    for field in OrderItem._meta.concrete_fields
    if field.name not in ("id", "order", "external_id", "quantity_told")
]


@dataclass(slots=True)
class Saved:
    """What a page brought. `changed` are orders that were here already and are newer now."""

    created: list[Order] = field(default_factory=list)
    changed: list[Order] = field(default_factory=list)
    skipped: list[SkippedOrder] = field(default_factory=list)


@transaction.atomic
def save_orders(
    orders: Sequence[ChannelOrder],
    stores: dict[str, Store],
    *,
    account: SellerAccount | None,
    withheld: Sequence[str] = (),
    now: datetime,
) -> Saved:
    """Save orders of one account (or file store) whose `stores` are keyed by marketplace.

    Safe to run again: an order is overwritten only by a newer state of itself, and what a person
    changed here stays. What is not ours to ship is recorded as skipped, with its reason.
    """
    saved = Saved()
    wanted = []
    is_withheld = "RECIPIENT" in withheld
    for order in _latest_of_each(orders):
        reason = _reason_to_skip(order, stores, is_withheld=is_withheld)
        if reason:
            saved.skipped.append(SkippedOrder(order.external_id, reason))
        else:
            wanted.append(order)
    if wanted:
        _save_wanted(wanted, stores, saved, is_withheld=is_withheld, now=now)
    record_skips(saved.skipped, account=account, now=now)
    return saved


def record_skips(
    skipped: Iterable[SkippedOrder], *, account: SellerAccount | None, now: datetime
) -> None:
    """Keep each skipped order of an account once, with the latest reason."""
    if account is None:
        return
    Skip.objects.bulk_create(
        [
            Skip(
                workspace_id=account.workspace_id,
                account=account,
                external_id=skip.external_id,
                reason=skip.reason,
                seen_at=now,
            )
            for skip in {skip.external_id: skip for skip in skipped}.values()
        ],
        update_conflicts=True,
        unique_fields=["account", "external_id"],
        update_fields=["reason", "seen_at"],
    )


def _latest_of_each(orders: Iterable[ChannelOrder]) -> list[ChannelOrder]:
    """Drop the older states of an order that a page shows twice."""
    latest: dict[str, ChannelOrder] = {}
    for order in orders:
        seen = latest.get(order.external_id)
        if seen is None or order.updated_at >= seen.updated_at:
            latest[order.external_id] = order
    return list(latest.values())


def _reason_to_skip(order: ChannelOrder, stores: dict[str, Store], *, is_withheld: bool) -> str:
    store = stores.get(order.marketplace_id)
    if not order.is_from_channel:
        return Skip.Reason.OTHER_CHANNEL
    if store is None:
        return Skip.Reason.NO_STORE
    if not order.is_ours_to_ship:
        shown = store.has_amazon_fulfilled and order.status is OrderStatus.SHIPPED  # SEED-34
        return "" if shown else Skip.Reason.AMAZON_FULFILLED
    # A physical order shows at least its country, whatever roles are missing (SEED-37).
    if Status(order.status.value) in WORK and order.recipient is None and not is_withheld:
        return Skip.Reason.DIGITAL
    return ""


def _save_wanted(
    orders: list[ChannelOrder],
    stores: dict[str, Store],
    saved: Saved,
    *,
    is_withheld: bool,
    now: datetime,
) -> None:
    workspace = next(iter(stores.values())).workspace
    known = _known_orders(orders, stores)
    products = _products_of(orders, workspace.id, now=now)
    told = _pieces_told_of(known.values())
    keys, events = [], []
    new_items: list[OrderItem] = []
    changed_items: list[OrderItem] = []
    for order in orders:
        row = known.get(order.external_id)
        key: OpenKey | None
        if row is None:
            made, key = DataKey.make(workspace.key, now=now)
            keys.append(made)
            row = _new_row(order, stores[order.marketplace_id], made, now=now)
            saved.created.append(row)
        elif _is_news(order, row):
            key = opened_if_alive(row.key)
            saved.changed.append(row)
        else:
            continue
        before = row.status
        fill_order(row, order, key, products, is_withheld=is_withheld)
        pieces = [
            item_row(
                row, position, item, key, products, told=told.get((row.id, item.external_id), 0)
            )
            for position, item in enumerate(order.items)
        ]
        (changed_items if before else new_items).extend(pieces)
        events.append(_event(row, before, now=now))
    copy_rows(keys)
    copy_rows(saved.created)
    copy_rows(new_items)
    _overwrite(saved.changed, changed_items)
    record_all(events)


def _new_row(order: ChannelOrder, store: Store, key: DataKey, *, now: datetime) -> Order:
    return Order(
        workspace_id=store.workspace_id,
        store=store,
        external_id=order.external_id,
        key=key,
        imported_at=now,
    )


def _overwrite(rows: list[Order], items: list[OrderItem]) -> None:
    Order.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=ORDER_FIELDS
    )
    OrderItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=ITEM_FIELDS,
    )


def _known_orders(orders: list[ChannelOrder], stores: dict[str, Store]) -> dict[str, Order]:
    """Lock and return the orders that are here already, by the store's number."""
    rows = (
        Order.objects.filter(
            store__in=list(stores.values()),
            external_id__in=[order.external_id for order in orders],
        )
        .select_related("key__parent")
        .select_for_update(of=("self",))
        .order_by("id")
    )
    return {row.external_id: row for row in rows}


def _is_news(order: ChannelOrder, row: Order) -> bool:
    got_its_address = row.recipient is None and order.recipient is not None
    return order.updated_at > row.changed_at or got_its_address


def _products_of(
    orders: list[ChannelOrder], workspace_id: str, *, now: datetime
) -> dict[str, Product]:
    """Return the products of the page's items by SKU, making those that are new."""
    seen = {item.sku: item for order in orders for item in order.items if item.sku}
    known = Product.objects.filter(workspace_id=workspace_id).by_sku(seen)
    new = [
        Product(
            workspace_id=workspace_id, sku=sku, asin=item.asin, title=item.title, created_at=now
        )
        for sku, item in seen.items()
        if sku not in known
    ]
    if not new:
        return known
    Product.objects.bulk_create(new, ignore_conflicts=True)
    return Product.objects.filter(workspace_id=workspace_id).by_sku(seen)


def _pieces_told_of(rows: Iterable[Order]) -> dict[tuple[str, str], int]:
    """Return how many pieces of each item the store heard of from us, or is about to."""
    items = OrderItem.objects.filter(order__in=list(rows), quantity_told__gt=0)
    return {
        (order_id, external_id): quantity
        for order_id, external_id, quantity in items.values_list(
            "order_id", "external_id", "quantity_told"
        )
    }


def _event(row: Order, before: str, *, now: datetime) -> Event:
    name = "order.changed" if before else "order.imported"
    if before and row.status == Status.CANCELLED != before:
        name = "order.cancelled"
    return event(
        name,
        row.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=row.id,
        store_id=row.store_id,
        status=row.remote_status,
    )
