"""Saving a page of orders: one transaction, each order once, whatever comes twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from packbench.channels.base import ChannelItem, ChannelOrder, SkippedOrder
from packbench.channels.models import SellerAccount, Skip, Store
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.models import WORK, Order, OrderItem, Status
from packbench.orders.standing import (
    address_problems,
    channel_status,
    standing,
    waits,
    with_weight,
)
from packbench.privacy.models import DataKey
from packbench.products.models import Product

ACTOR = "import"
KEPT_WHEN_CHANGED = (
    "id", "workspace", "store", "external_id", "key", "imported_at", "held_at", "hold_reason",
    "confirmed_at", "is_weight_given",
)
ORDER_FIELDS = [
    field.name for field in Order._meta.concrete_fields if field.name not in KEPT_WHEN_CHANGED
]
ITEM_FIELDS = [
    field.name
    for field in OrderItem._meta.concrete_fields
    if field.name not in ("id", "order", "external_id", "quantity_told")
]
RECIPIENT = Order._meta.get_field("recipient")
BUYER = Order._meta.get_field("buyer")
NOTES = OrderItem._meta.get_field("notes")


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


def _reason_to_skip(
    order: ChannelOrder, stores: dict[str, Store], *, is_withheld: bool
) -> str:
    store = stores.get(order.marketplace_id)
    if not order.is_from_channel:
        return Skip.Reason.OTHER_CHANNEL
    if store is None:
        return Skip.Reason.NO_STORE
    if not order.is_ours_to_ship:
        shown = store.has_amazon_fulfilled and order.status == Status.SHIPPED  # SEED-34
        return "" if shown else Skip.Reason.AMAZON_FULFILLED
    # A physical order shows at least its country, whatever roles are missing (SEED-37).
    if order.status in WORK and order.recipient is None and not is_withheld:
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
    rows, keys, items, events = [], [], [], []
    for order in orders:
        row = known.get(order.external_id)
        if row and not _is_news(order, row):
            continue
        is_new = row is None
        if row is None:
            key, opened = DataKey.make(workspace.key, now=now)
            row = Order(
                workspace_id=workspace.id,
                store=stores[order.marketplace_id],
                external_id=order.external_id,
                key=key,
                imported_at=now,
            )
            keys.append(key)
        else:
            opened = row.key.opened() if row.key.wrapped is not None else None
        before = row.status
        _fill(row, order, opened, products, is_withheld=is_withheld)
        rows.append(row)
        items += [
            _item(row, position, item, opened, products, told.get((row.id, item.external_id), 0))
            for position, item in enumerate(order.items)
        ]
        events.append(_event(row, before, is_new=is_new, now=now))
        (saved.created if is_new else saved.changed).append(row)
    DataKey.objects.bulk_create(keys)
    Order.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=ORDER_FIELDS
    )
    OrderItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=ITEM_FIELDS,
    )
    record_all(events)


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


def _fill(
    row: Order,
    order: ChannelOrder,
    opened: Any,
    products: dict[str, Product],
    *,
    is_withheld: bool,
) -> None:
    place = order.recipient
    row.seller_order_id = order.seller_order_id
    row.channel_status = channel_status(order)
    row.remote_status = order.remote_status[:40]
    row.status = standing(
        Status(row.channel_status),
        is_held=row.held_at is not None,
        is_confirmed=row.confirmed_at is not None,
    )
    row.placed_at = order.created_at
    row.changed_at = order.updated_at
    row.ship_by_at = order.ship_by_at
    row.deliver_by_at = order.deliver_by_at
    row.due_at = order.ship_by_at or order.created_at
    row.service_level = order.service_level[:40]
    row.programs = [program[:60] for program in order.programs]
    row.replaces = order.replaces
    row.total_amount = order.total.amount if order.total else None
    row.total_currency = order.total.currency if order.total else ""
    row.quantity = sum(item.quantity for item in order.items)
    row.is_gift = any(item.is_gift for item in order.items)
    row.is_customized = any(item.is_customized for item in order.items)
    row.is_cancel_requested = any(item.cancel_requested for item in order.items)
    row.packages = [package_summary(package) for package in order.packages]
    row.ship_to_city = place.city[:120] if place else ""
    row.ship_to_state = place.state[:120] if place else ""
    row.ship_to_postal_code = place.postal_code[:30] if place else ""
    row.ship_to_country = place.country[:2] if place else ""
    if not row.is_weight_given:
        row.weight_g = _weight(order.items, products)
    if opened is not None:
        row.recipient = RECIPIENT.seal(place, opened) if place else None
        row.buyer = BUYER.seal(order.buyer, opened)
    row.problems = _problems(row, order, is_withheld=is_withheld)
    row.has_problems = bool(row.problems)


def _problems(row: Order, order: ChannelOrder, *, is_withheld: bool) -> list[str]:
    if not waits(row.status):
        return []
    return with_weight(
        address_problems(order, is_withheld=is_withheld), weight_g=row.weight_g
    )


def _weight(items: Iterable[ChannelItem], products: dict[str, Product]) -> int | None:
    """The sum of the products' weights in grams; None where one is not known (SEED-60)."""
    total = 0
    for item in items:
        product = products.get(item.sku)
        if item.quantity and (product is None or product.weight_g is None):
            return None
        total += item.quantity * (product.weight_g or 0) if product else 0
    return total or None


def _item(
    row: Order,
    position: int,
    item: ChannelItem,
    opened: Any,
    products: dict[str, Product],
    told: int,
) -> OrderItem:
    return OrderItem(
        order=row,
        product=products.get(item.sku),
        position=position,
        external_id=item.external_id,
        sku=item.sku[:100],
        asin=item.asin[:20],
        title=item.title[:500],
        quantity=item.quantity,
        quantity_elsewhere=max(item.quantity_fulfilled - told, 0),
        unit_amount=item.unit_price.amount if item.unit_price else None,
        unit_currency=item.unit_price.currency if item.unit_price else "",
        gift_wrap=item.gift_wrap[:60],
        is_gift=item.is_gift,
        is_customized=item.is_customized,
        is_cancel_requested=item.cancel_requested,
        notes=NOTES.seal(item.notes, opened) if opened is not None else None,
    )


def package_summary(package: Any) -> dict[str, Any]:
    return {
        "reference": package.reference,
        "status": package.status,
        "carrier": package.carrier,
        "tracking_number": package.tracking_number,
        "items": [list(line) for line in package.items],
    }


def _event(row: Order, before: str, *, is_new: bool, now: datetime) -> Event:
    if is_new:
        name = "order.imported"
    elif row.status == Status.CANCELLED != before:
        name = "order.cancelled"
    else:
        name = "order.changed"
    return event(
        name, row.workspace_id, actor=ACTOR, now=now, order_id=row.id, store_id=row.store_id,
        status=row.remote_status,
    )
