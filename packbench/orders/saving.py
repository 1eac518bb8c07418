"""Saving a page of orders: one transaction, each order once, whatever comes twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, IntegrityError, transaction

from packbench.channels.base import ChannelItem, ChannelOrder, OrderStatus, SkippedOrder
from packbench.channels.models import SellerAccount, Skip, Store
from packbench.events.recording import record_all
from packbench.orders.bounding import bounded
from packbench.orders.changing import Before
from packbench.orders.checking import check_again
from packbench.orders.customizing import want_customizations
from packbench.orders.expiring import POLICY, Rules, expiry
from packbench.orders.filling import fill_order, item_row
from packbench.orders.indexing import Indexer
from packbench.orders.knowing import link_customers
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.retaining import rules_for
from packbench.orders.ruling import rule_orders
from packbench.orders.sealing import fill_private, sealed_notes, shows_address, text
from packbench.orders.slotting import fill_slots
from packbench.orders.sorting import age, age_of, in_waves, is_newer, reason_to_skip
from packbench.orders.tellers import AMAZON, Teller
from packbench.orders.writing import (
    NEW_ITEM,
    KnownItem,
    KnownItems,
    Rows,
    known_items,
    known_orders,
)
from packbench.privacy.models import DataKey, opened_if_alive
from packbench.privacy.sealing import OpenKey
from packbench.products.matching import Products, find_products


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
    teller: Teller = AMAZON,
    is_completed: bool = False,
    now: datetime,
) -> Saved:
    """Save orders of one account (or file store) whose `stores` are keyed by marketplace.

    Safe to run again: an order is overwritten only by a newer state of itself, and what a person
    changed here stays. What is not ours to ship, and what no table can hold, is recorded as
    skipped with its reason; the others go on. `is_completed`: the same state as the one that is
    here is saved as well, because the store left a part of it out before.
    """
    page = _Page(stores, account, is_withheld="RECIPIENT" in withheld, teller=teller, now=now)
    page.is_completed = is_completed
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
    here = {row.external_id for row in (*saved.created, *saved.changed)}
    Skip.objects.filter(account=account, external_id__in=here).delete()
    skipped = {
        text(skip.external_id, 50): skip for skip in saved.skipped if skip.external_id not in here
    }
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
        teller: Teller,
        now: datetime,
    ) -> None:
        self._stores, self._is_withheld, self._now = stores, is_withheld, now
        self._teller, self.is_completed = teller, False
        self._is_own = any(store.is_own_shop for store in stores.values())
        self._account, self._is_file = account, account is None and not self._is_own
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
        for wave in in_waves(_fitting(orders, saved)):
            self._save_wave(wave, saved)

    def _save_wave(self, wave: list[ChannelOrder], saved: Saved) -> None:
        """Save orders of which each comes once."""
        workspace = next(iter(self._stores.values())).workspace
        self._rules = rules_for(workspace.pk)
        here = known_orders(wave, workspace, self._store_ids if self._is_own else None)
        wanted = self._wanted(wave, here, saved)
        if not wanted:
            return
        known = _Known(here, known_items(here.values()), self._products_of(wanted, workspace.pk))
        rows = Rows(Indexer(workspace))
        for order in wanted:
            self._take(order, known, rows)
        link_customers(
            workspace, [*rows.created, *rows.changed], {each.external_id: each for each in wanted}
        )
        rows.write()
        came = [*rows.created, *rows.changed, *rows.unveiled]
        want_customizations(came, now=self._now)
        rule_orders(workspace, rows.created, moment="new", now=self._now)
        rule_orders(workspace, rows.changed, moment="changed", now=self._now)
        saved.created += rows.created
        saved.changed += [*rows.changed, *rows.unveiled]

    def _take(self, order: ChannelOrder, known: _Known, rows: Rows) -> None:
        row = known.orders.get(order.external_id)
        if row is None:
            self._add(order, known, rows)
        elif self._is_news(order, row, known.items):
            self._change(order, row, known, rows)
        elif not self._is_file:
            self._unveil(order, row, rows)

    def _add(self, order: ChannelOrder, known: _Known, rows: Rows) -> None:
        store = self._stores[order.marketplace_id]
        made, key = DataKey.make(store.workspace.key, now=self._now)
        row = _new_row(order, store, made, self._rules, now=self._now)
        rows.keys.append(made)
        rows.created.append(row)
        rows.new_items += self._fill(row, order, key, known)
        rows.indexer.add(row, key)
        asks = ["order.recalled"] if row.is_cancel_requested else []
        names = self._teller.of_new(["order.imported", *asks])
        rows.events += [self._teller.event(name, row, now=self._now) for name in names]

    def _change(self, order: ChannelOrder, row: Order, known: _Known, rows: Rows) -> None:
        key = opened_if_alive(row.key)
        before = Before.of(row, key)
        rows.changed.append(row)
        rows.changed_items += self._fill(row, order, key, known)
        if not self._is_file:
            listed = {item.external_id for item in order.items}
            rows.gone[row.pk] = set(known.items[row.pk]) - listed
        rows.indexer.add(row, key)
        names = self._teller.of_changed(before.changes(row, key))
        rows.events += [self._teller.event(name, row, now=self._now) for name in names]

    def _unveil(self, order: ChannelOrder, row: Order, rows: Rows) -> None:
        """Take the address from a state that is older, where the newer ones withhold it."""
        key = opened_if_alive(row.key)
        is_repeated = row.has_address and order.updated_at == row.private_at
        if key is None or is_repeated or not shows_address(order):
            return
        if not fill_private(row, order, key):
            return
        store = self._stores[order.marketplace_id]
        check_again(row, key, store)
        fill_slots(row, store)
        rows.unveiled.append(row)
        rows.notes[row.pk] = {item.external_id: sealed_notes(item, key) for item in order.items}
        rows.indexer.add(row, key)
        rows.events.append(self._teller.event("order.changed", row, now=self._now))

    def _fill(
        self, row: Order, order: ChannelOrder, key: OpenKey | None, known: _Known
    ) -> list[OrderItem]:
        """Fill the order's row and return those of its items."""
        store = self._stores[order.marketplace_id]
        takes_private = fill_order(
            row,
            order,
            key,
            known.products,
            store=store,
            is_withheld=self._is_withheld,
            now=self._now,
        )
        items = []
        for position, item in enumerate(order.items):
            there = known.items.get(row.pk, {}).get(item.external_id)
            pieces = there or NEW_ITEM
            is_shown = key is not None and (takes_private or there is None)
            items.append(
                item_row(
                    row,
                    position,
                    item,
                    sealed_notes(item, key) if key and is_shown else pieces.notes,
                    known.products.of(item, store),
                    told=pieces.told,
                    # A report without time may be an older one: what went does not come back.
                    elsewhere=pieces.elsewhere if self._is_file else 0,
                )
            )
        return items

    def _products_of(self, orders: list[ChannelOrder], workspace_id: str) -> Products:
        """The products of the page's items, by what each store knows them by."""
        lines = [
            (item, self._stores[order.marketplace_id]) for order in orders for item in order.items
        ]
        return find_products(workspace_id, lines, now=self._now)

    def _wanted(
        self, wave: list[ChannelOrder], here: dict[str, Order], saved: Saved
    ) -> list[ChannelOrder]:
        """The orders to save; the others are noted as skipped."""
        known_digital = self._known_digital(wave, here)
        wanted, unpaid = [], []
        for order in wave:
            row = here.get(order.external_id)
            is_ours = row is not None and row.store_id in self._store_ids
            reason = reason_to_skip(
                order, self._stores, row if is_ours else None, is_withheld=self._is_withheld
            )
            if row and is_ours and order.updated_at < row.changed_at and reason:
                continue  # what is known since says more
            if row and not is_ours and not reason:
                reason = Skip.Reason.OTHER_STORE
            if not reason and order.external_id in known_digital:
                reason = Skip.Reason.DIGITAL
            if not reason:
                wanted.append(order)
                continue
            saved.skipped.append(_skipped(order, reason))
            if row and reason == Skip.Reason.DIGITAL and row.status == Status.AWAITING_PAYMENT:
                unpaid.append((order, row))
        self._let_go(unpaid)
        return wanted

    def _known_digital(self, wave: list[ChannelOrder], here: dict[str, Order]) -> set[str]:
        """Orders that look unpaid here, but were seen since with nothing to send."""
        unpaid = [
            order.external_id
            for order in wave
            if order.status is OrderStatus.AWAITING_PAYMENT and order.external_id not in here
        ]
        if not unpaid or self._account is None:
            return set()
        skips = Skip.objects.filter(
            account=self._account, external_id__in=unpaid, reason=Skip.Reason.DIGITAL
        )
        return set(skips.values_list("external_id", flat=True))

    def _let_go(self, unpaid: list[tuple[ChannelOrder, Order]]) -> None:
        """Orders that came in unpaid, when nothing told yet that nothing is to be sent."""
        for order, row in unpaid:
            row.status = row.channel_status = Status.PENDING_FULFILLMENT
            row.remote_status = text(order.remote_status, 40)
            row.changed_at = order.updated_at
            row.save(update_fields=["status", "channel_status", "remote_status", "changed_at"])
        told = (self._teller.event("order.changed", row, now=self._now) for _, row in unpaid)
        record_all(told)

    def _is_news(self, order: ChannelOrder, row: Order, items: KnownItems) -> bool:
        """Whether the store says more than we know. A report has no time: its pieces decide."""
        if not self._is_file:
            return is_newer(order, row) or (self.is_completed and age(order) == age_of(row))
        if not row.has_address and row.key.is_alive and shows_address(order):
            return True
        there = items[row.pk]
        return any(_is_more(item, there.get(item.external_id)) for item in order.items)


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


def _fitting(orders: Iterable[ChannelOrder], saved: Saved) -> list[ChannelOrder]:
    """The orders as the tables hold them; what none can hold is noted as skipped."""
    found = []
    for order in orders:
        fitting = bounded(order)
        if fitting:
            found.append(fitting)
        else:
            saved.skipped.append(_skipped(order, Skip.Reason.UNREADABLE))
    return found


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
