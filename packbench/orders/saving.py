"""Saving a page of orders: one transaction, each order once, whatever comes twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import DataError, IntegrityError, transaction

from packbench.accounts.models import Workspace
from packbench.channels.base import ChannelItem, ChannelOrder, OrderStatus, SkippedOrder
from packbench.channels.models import SellerAccount, Skip, Store
from packbench.database.copying import copy_rows
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.bounding import bounded
from packbench.orders.expiring import POLICY, Rules, expiry
from packbench.orders.filling import fill_order, item_row, text
from packbench.orders.models import WORK, Order, OrderItem, Status
from packbench.orders.retaining import rules_for
from packbench.orders.standing import channel_status
from packbench.privacy.models import DataKey, opened_if_alive
from packbench.privacy.sealing import OpenKey
from packbench.products.matching import Products, find_products

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
    "reopened_at",
    "is_weight_given",
    "waived",
    "erase_at",
    "erase_reason",
    "erased_at",
)
ORDER_FIELDS = [
    field.name for field in Order._meta.concrete_fields if field.name not in KEPT_WHEN_CHANGED
]
ITEM_FIELDS = [
    field.name
    for field in OrderItem._meta.concrete_fields
    if field.name not in ("id", "order", "external_id", "quantity_told")
]


class KnownItem(NamedTuple):
    """Pieces of an item that is here already."""

    quantity: int
    told: int
    elsewhere: int


KnownItems = dict[tuple[str, str], KnownItem]  # by order id and the store's item id
NEW_ITEM = KnownItem(0, 0, 0)


@dataclass(slots=True)
class Saved:
    """What a page brought. `changed` are orders that were here already and are newer now."""

    created: list[Order] = field(default_factory=list)
    changed: list[Order] = field(default_factory=list)
    skipped: list[SkippedOrder] = field(default_factory=list)


def save_orders(
    orders: Sequence[ChannelOrder],
    stores: dict[str, Store],
    *,
    account: SellerAccount | None,
    withheld: Sequence[str] = (),
    unreadable: Sequence[SkippedOrder] = (),
    now: datetime,
) -> Saved:
    """Save orders of one account (or file store) whose `stores` are keyed by marketplace.

    Safe to run again: an order is overwritten only by a newer state of itself, and what a person
    changed here stays. What is not ours to ship, and what no table can hold, is recorded as
    skipped with its reason; the others go on.
    """
    page = _Page(stores, account, is_withheld="RECIPIENT" in withheld, now=now)
    saved = Saved(skipped=list(unreadable))
    try:
        page.save(orders, saved)
    except (DataError, IntegrityError):
        saved = Saved(skipped=list(unreadable))
        for order in orders:
            page.save_alone(order, saved)
    record_skips(saved, account=account, now=now)
    return saved


def record_skips(saved: Saved, *, account: SellerAccount | None, now: datetime) -> None:
    """Keep each skipped order of an account once, with the latest reason, while it is skipped."""
    if account is None:
        return
    here = [row.external_id for row in (*saved.created, *saved.changed)]
    Skip.objects.filter(account=account, external_id__in=here).delete()
    skipped = {text(skip.external_id, 50): skip for skip in saved.skipped}
    Skip.objects.bulk_create(
        [
            Skip(
                workspace_id=account.workspace_id,
                account=account,
                external_id=external_id,
                marketplace_id=text(skip.marketplace_id, 20),
                reason=skip.reason,
                seen_at=now,
            )
            for external_id, skip in skipped.items()
        ],
        update_conflicts=True,
        unique_fields=["account", "external_id"],
        update_fields=["marketplace_id", "reason", "seen_at"],
    )


@dataclass(slots=True)
class _Rows:
    """What one transaction writes."""

    keys: list[DataKey] = field(default_factory=list)
    created: list[Order] = field(default_factory=list)
    changed: list[Order] = field(default_factory=list)
    new_items: list[OrderItem] = field(default_factory=list)
    changed_items: list[OrderItem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def write(self) -> None:
        DataKey.keep(self.keys)
        copy_rows(self.created)
        copy_rows(self.new_items)
        _overwrite(self.changed, self.changed_items)
        record_all(self.events)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is here already of the orders that came."""

    orders: dict[str, Order]  # by the store's number
    items: KnownItems
    products: Products


class _Page:
    """Orders that are saved together, and what holds for all of them."""

    def __init__(
        self,
        stores: dict[str, Store],
        account: SellerAccount | None,
        *,
        is_withheld: bool,
        now: datetime,
    ) -> None:
        self._stores, self._is_withheld, self._now = stores, is_withheld, now
        self._is_file = account is None
        self._rules = POLICY
        self._store_ids = {store.pk for store in stores.values()}

    def save_alone(self, order: ChannelOrder, saved: Saved) -> None:
        """Save one order of a page that did not go through as a whole."""
        try:
            self.save([order], saved)
        except (DataError, IntegrityError):
            saved.skipped.append(_skipped(order, Skip.Reason.UNREADABLE))

    @transaction.atomic
    def save(self, orders: Sequence[ChannelOrder], saved: Saved) -> None:
        self._stores = _held(self._stores)
        wanted = self._sorted_out(orders, saved)
        if not wanted:
            return
        workspace = next(iter(self._stores.values())).workspace
        self._rules = rules_for(workspace.pk)
        here = _known_orders(wanted, workspace)
        known = _Known(
            here,
            _known_items(here.values()),
            self._products_of(wanted, workspace.pk),
        )
        rows = _Rows()
        for order in wanted:
            row = known.orders.get(order.external_id)
            if row is None:
                self._add(order, known, rows)
            elif row.store_id not in self._store_ids:
                saved.skipped.append(_skipped(order, Skip.Reason.OTHER_STORE))
            elif self._is_news(order, row, known.items):
                self._change(order, row, known, rows)
        rows.write()
        saved.created += rows.created
        saved.changed += rows.changed

    def _add(self, order: ChannelOrder, known: _Known, rows: _Rows) -> None:
        store = self._stores[order.marketplace_id]
        made, key = DataKey.make(store.workspace.key, now=self._now)
        row = _new_row(order, store, made, self._rules, now=self._now)
        rows.keys.append(made)
        rows.created.append(row)
        rows.new_items += self._fill(row, order, key, known)
        rows.events.append(_event("order.imported", row, now=self._now))

    def _change(self, order: ChannelOrder, row: Order, known: _Known, rows: _Rows) -> None:
        before = row.status
        rows.changed.append(row)
        rows.changed_items += self._fill(row, order, opened_if_alive(row.key), known)
        is_cancelled = row.status == Status.CANCELLED != before
        name = "order.cancelled" if is_cancelled else "order.changed"
        rows.events.append(_event(name, row, now=self._now))

    def _fill(
        self, row: Order, order: ChannelOrder, key: OpenKey | None, known: _Known
    ) -> list[OrderItem]:
        """Fill the order's row and return those of its items."""
        store = self._stores[order.marketplace_id]
        fill_order(row, order, key, known.products, store=store, is_withheld=self._is_withheld)
        items = []
        for position, item in enumerate(order.items):
            pieces = known.items.get((row.pk, item.external_id), NEW_ITEM)
            # A report without time may be an older one: what went does not come back.
            elsewhere = pieces.elsewhere if self._is_file else 0
            items.append(
                item_row(
                    row,
                    position,
                    item,
                    key,
                    known.products.of(item, store.product_identifier),
                    told=pieces.told,
                    elsewhere=elsewhere,
                )
            )
        return items

    def _products_of(self, orders: list[ChannelOrder], workspace_id: str) -> Products:
        """The products of the page's items, by what each store knows them by."""
        lines = [
            (item, self._stores[order.marketplace_id].product_identifier)
            for order in orders
            for item in order.items
        ]
        return find_products(workspace_id, lines, now=self._now)

    def _sorted_out(self, orders: Sequence[ChannelOrder], saved: Saved) -> list[ChannelOrder]:
        """The orders to save; the others are noted as skipped."""
        wanted, digital = [], []
        for order in _latest_of_each(orders):
            fitting = bounded(order)
            reason = self._reason_to_skip(fitting) if fitting else Skip.Reason.UNREADABLE
            if fitting and not reason:
                wanted.append(fitting)
                continue
            saved.skipped.append(_skipped(order, reason))
            if reason == Skip.Reason.DIGITAL:
                digital.append(order.external_id)
        self._let_go(digital)
        return wanted

    def _let_go(self, digital: list[str]) -> None:
        """Orders that came in unpaid, when nothing told yet that nothing is to be sent."""
        if digital:
            unpaid = Order.objects.filter(
                store_id__in=self._store_ids,
                external_id__in=digital,
                status=Status.AWAITING_PAYMENT,
            )
            unpaid.update(
                status=Status.PENDING_FULFILLMENT, channel_status=Status.PENDING_FULFILLMENT
            )

    def _reason_to_skip(self, order: ChannelOrder) -> str:
        store = self._stores.get(order.marketplace_id)
        if not order.is_from_channel:
            return Skip.Reason.OTHER_CHANNEL
        if store is None:
            return Skip.Reason.NO_STORE
        if not order.is_ours_to_ship:
            shown = store.has_amazon_fulfilled and order.status is OrderStatus.SHIPPED  # SEED-34
            return "" if shown else Skip.Reason.AMAZON_FULFILLED
        # A physical order shows at least its country, whatever roles are missing (SEED-37).
        is_placeless = order.recipient is None and not self._is_withheld
        if Status(order.status.value) in WORK and is_placeless:
            return Skip.Reason.DIGITAL
        return ""

    def _is_news(self, order: ChannelOrder, row: Order, items: KnownItems) -> bool:
        """Whether the store says more than we know. A report has no time: its pieces decide."""
        lacks_address = not row.has_address and row.key.is_alive
        if lacks_address and order.recipient is not None and order.recipient.is_complete:
            return True
        if self._is_file:
            return any(
                _is_more(item, items.get((row.pk, item.external_id))) for item in order.items
            )
        if order.updated_at == row.changed_at:
            return row.channel_status != channel_status(order)
        return order.updated_at > row.changed_at


def _skipped(order: ChannelOrder, reason: str) -> SkippedOrder:
    return SkippedOrder(order.external_id, reason, order.marketplace_id)


def _is_more(item: ChannelItem, known: KnownItem | None) -> bool:
    """Whether a report shows another quantity, or more pieces sent by others, than we know."""
    if known is None or item.quantity != known.quantity:
        return True
    return item.quantity_fulfilled - known.told > known.elsewhere


def _held(stores: dict[str, Store]) -> dict[str, Store]:
    """The stores with the settings of now: nobody changes them while orders are filled by them."""
    held = Store.objects.held(store.pk for store in stores.values())
    return {place: held[store.pk] for place, store in stores.items() if store.pk in held}


def _latest_of_each(orders: Iterable[ChannelOrder]) -> list[ChannelOrder]:
    """Drop the older states of an order that a page shows twice."""
    latest: dict[str, ChannelOrder] = {}
    for order in orders:
        seen = latest.get(order.external_id)
        if seen is None or order.updated_at >= seen.updated_at:
            latest[order.external_id] = order
    return list(latest.values())


def _new_row(
    order: ChannelOrder, store: Store, key: DataKey, rules: Rules, *, now: datetime
) -> Order:
    end = expiry(now, (), rules)
    return Order(
        workspace_id=store.workspace_id,
        store=store,
        external_id=order.external_id,
        key=key,
        imported_at=now,
        erase_at=end.at,
        erase_reason=end.reason,
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


def _known_orders(orders: Iterable[ChannelOrder], workspace: Workspace) -> dict[str, Order]:
    """Lock and return the orders that are here already, by the store's number."""
    rows = (
        Order.objects.filter(
            workspace=workspace, external_id__in=[order.external_id for order in orders]
        )
        .select_related("key__parent")
        .select_for_update(of=("self",))
        .order_by("id")
    )
    return {row.external_id: row for row in rows}


def _known_items(rows: Iterable[Order]) -> KnownItems:
    items = OrderItem.objects.filter(order__in=list(rows)).values_list(
        "order_id", "external_id", "quantity", "quantity_told", "quantity_elsewhere"
    )
    return {(order_id, item_id): KnownItem(*pieces) for order_id, item_id, *pieces in items}


def _event(name: str, row: Order, *, now: datetime) -> Event:
    return event(
        name,
        row.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=row.id,
        store_id=row.store_id,
        status=row.remote_status,
    )
