"""Entering: orders of an own shop, told by a file or by a person; each once, changed or left alone.

What a person changed here stays when a file comes again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from msgspec.structs import replace

from packbench.channels.base import ChannelOrder
from packbench.channels.models import Store
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.composing import Told, current_order, differing, is_same, merged
from packbench.orders.models import OPEN, Order, Status
from packbench.orders.saving import Saved, save_orders
from packbench.orders.sealing import place_of
from packbench.orders.tellers import BY_HAND, WITHDRAWN, Teller

TICK = timedelta(microseconds=1)
# Shipments in these statuses let nothing go out (shipments/status.py).
IDLE = ("draft", "voided")

REFUSALS: dict[str, str] = {
    "number_known": marked(
        "The order came in through an Amazon store already. It is shipped from there."
    ),
    "order_labeled": marked("The order has a label already. Void it before you change the order."),
    "order_shipped": marked("The order was shipped already and stays as it is."),
    "order_cancelled": marked("The order was cancelled here and stays so."),
    "buyer_erased": marked(
        "The buyer's data of this order was erased. Enter it as a new order, with another number."
    ),
    "order_unreadable": marked("The order cannot be saved: a number or an id is too large."),
}
NOT_OWN_SHOP = marked("Orders of this store come from Amazon. Choose a shop of your own.")
NUMBER_TAKEN = marked("There is an order with this number already. Choose another number.")


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an order that was told: `order` is what is to be saved, if anything."""

    kind: Kind
    told: Told
    order: ChannelOrder | None = None
    code: str = ""  # of REFUSALS


@dataclass(slots=True)
class Entered:
    """What was saved, and the lines of what could not be, by the code of why."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def refuse(self, code: str, lines: Iterable[int]) -> None:
        self.refused[code] += lines


def judge(store: Store, tolds: Sequence[Told], *, now: datetime) -> list[Verdict]:
    """Say what would become of these orders of an own shop. Nothing is saved or locked."""
    return _judge(store, tolds, is_locked=False, now=now)


@transaction.atomic
def enter_orders(
    store: Store, tolds: Sequence[Told], *, teller: Teller, now: datetime
) -> tuple[list[Verdict], Entered]:
    """Save what is new or other than we have it. Safe to run again.

    An order with a label, or one that is shipped, cancelled or erased, stays as it is.
    """
    check_own_shop(store)
    held = Store.objects.held([store.pk])[store.pk]  # before its orders
    verdicts = _judge(held, tolds, is_locked=True, now=now)
    wanted = [verdict for verdict in verdicts if verdict.order is not None]
    saved = _save(held, [each.order for each in wanted if each.order], teller=teller, now=now)
    return verdicts, _counted(verdicts, saved)


@transaction.atomic
def enter_order(store: Store, told: Told, *, actor: str, now: datetime) -> Order:
    """Make an order by hand. Raises Rejected where its number is taken."""
    number = told.order.external_id
    Store.objects.held([store.pk])
    if store.orders.filter(external_id=number).exists():
        raise Rejected(NUMBER_TAKEN, code="number_taken")
    verdicts, entered = enter_orders(store, [told], teller=BY_HAND.by(actor), now=now)
    _check_entered(entered)
    return Order.objects.get(store=store, external_id=verdicts[0].told.order.external_id)


@transaction.atomic
def edit_order(order: Order, told: Told, *, actor: str, now: datetime) -> Order:
    """Change an order by hand, number and shop apart; files leave the changed parts alone.

    Raises Rejected where it has a label, is shipped, cancelled or erased.
    """
    store = order.store
    check_own_shop(store)
    Store.objects.held([store.pk])
    row = _locked([order.external_id], store)[0]
    code = _refusal_of(row, _busy([row]))
    if code:
        raise Rejected(REFUSALS[code], code=code)
    before = shown_order(row)
    after = merged(told, before, ())
    is_unweighed = row.is_weight_given and told.weight_g is None
    weight = told.weight_g if told.weight_g != row.weight_g else None
    if is_same(before, after) and weight is None and not is_unweighed:
        return row
    given: dict[str, Any] = {"is_weight_given": False} if is_unweighed else {}
    parts = sorted({*row.edited, *differing(before, after)})
    if row.has_own_address and before.recipient != after.recipient:
        given |= {"own_address": None, "has_own_address": False, "is_address_disputed": False}
    Order.objects.filter(pk=row.pk).update(edited=parts, **given)
    own = replace(after, updated_at=_later(row, now), weight_g=weight)
    saved = _save(store, [own], teller=BY_HAND.by(actor), now=now)
    if saved.skipped:
        raise Rejected(REFUSALS["order_unreadable"], code="order_unreadable")
    if weight is not None:  # a person's: no file goes before it
        Order.objects.filter(pk=row.pk).update(told_weight_g=row.told_weight_g)
    return Order.objects.get(pk=row.pk)


@transaction.atomic
def cancel_order(order: Order, *, actor: str, now: datetime) -> None:
    """Cancel an order of an own shop. Safe to run again. Raises Rejected where it has a label."""
    check_own_shop(order.store)
    Store.objects.held([order.store_id])
    row = _locked([order.external_id], order.store)[0]
    if row.status == Status.CANCELLED:
        return
    code = _refusal_of(row, _busy([row]))
    if code and code != "buyer_erased":
        raise Rejected(REFUSALS[code], code=code)
    Order.objects.filter(pk=row.pk).update(
        status=Status.CANCELLED,
        channel_status=Status.CANCELLED,
        problems=[],
        has_problems=False,
    )
    BY_HAND.by(actor).event(WITHDRAWN, row, now=now).save(force_insert=True)


def shown_order(row: Order) -> ChannelOrder:
    """The order as it would be shipped: with the address that counts. Its buyer must be known."""
    order = current_order(row, row.items.all())
    place = place_of(row, row.key.opened())
    return replace(order, recipient=place) if place else order


def next_number(store: Store) -> str:
    """A number that no order of the shop has, for one that is made by hand."""
    count = store.orders.filter(external_id__startswith="M-").count()
    taken = set(
        store.orders.filter(external_id__startswith="M-").values_list("external_id", flat=True)
    )
    return next(
        number for tries in range(count + 1) if (number := f"M-{1001 + count + tries}") not in taken
    )


def check_own_shop(store: Store) -> None:
    if not store.is_own_shop:
        raise Rejected(NOT_OWN_SHOP, code="not_own_shop")


def can_change(order: Order) -> bool:
    """Whether the order may be edited or cancelled here."""
    return order.store.is_own_shop and not _refusal_of(order, _busy([order]))


def _judge(store: Store, tolds: Sequence[Told], *, is_locked: bool, now: datetime) -> list[Verdict]:
    numbers = [told.order.external_id for told in tolds]
    rows = _locked(numbers, store) if is_locked else _known(numbers, store)
    known = {row.external_id: row for row in rows}
    here = _Here(known, _at_amazon(numbers, store), _busy(rows))
    return [_verdict(told, here, now) for told in tolds]


@dataclass(frozen=True, slots=True)
class _Here:
    """What is here of the orders that were told: by number, at Amazon, with a parcel."""

    orders: dict[str, Order]
    at_amazon: set[str]
    busy: set[str]


def _verdict(told: Told, here: _Here, now: datetime) -> Verdict:
    row = here.orders.get(told.order.external_id)
    if row is None:
        if told.order.external_id in here.at_amazon:
            return Verdict(Kind.REFUSED, told, code="number_known")
        created = told.order.created_at if told.order.created_at.year >= 2000 else now
        order = replace(told.order, created_at=created, updated_at=now, weight_g=told.weight_g)
        return Verdict(Kind.NEW, told, order)
    if not row.key.is_alive:
        is_done = row.status not in OPEN
        return Verdict(Kind.SAME if is_done else Kind.REFUSED, told, code="buyer_erased")
    current = current_order(row, row.items.all())
    after = merged(told, current, row.edited)
    weight = _new_weight(told, row)
    if is_same(current, after) and weight is None:
        return Verdict(Kind.SAME, told)
    code = _refusal_of(row, here.busy)
    if code:
        return Verdict(Kind.REFUSED, told, code=code)
    return Verdict(Kind.CHANGED, told, replace(after, updated_at=_later(row, now), weight_g=weight))


def _new_weight(told: Told, row: Order) -> int | None:
    """The told weight where it is news and no person said another one."""
    is_persons = row.is_weight_given and row.weight_g != row.told_weight_g
    if told.weight_g is None or told.weight_g == row.told_weight_g or is_persons:
        return None
    return told.weight_g


def _refusal_of(row: Order, busy: Collection[str]) -> str:
    """Why the order may not be changed any more; "" where it may."""
    if row.status == Status.CANCELLED:
        return "order_cancelled"
    if row.pk in busy:
        return "order_labeled" if row.status in OPEN else "order_shipped"
    if row.status not in OPEN:
        return "order_shipped"
    return "" if row.key.is_alive else "buyer_erased"


def _busy(rows: Iterable[Order]) -> set[str]:
    """The ids of orders with a parcel that goes out, or may."""
    parcels = Order.objects.filter(pk__in=[row.pk for row in rows])
    own = parcels.values_list("pk", "shipments__status")
    along = parcels.values_list("pk", "companions__shipment__status")
    return {pk for pk, status in (*own, *along) if status and status not in IDLE}


def _save(store: Store, orders: Sequence[ChannelOrder], *, teller: Teller, now: datetime) -> Saved:
    return save_orders(orders, {"": store}, account=None, teller=teller, now=now)


def _counted(verdicts: Sequence[Verdict], saved: Saved) -> Entered:
    entered = Entered(new=len(saved.created), changed=len(saved.changed))
    unsaved = {skip.external_id for skip in saved.skipped}
    for verdict in verdicts:
        if verdict.told.order.external_id in unsaved and verdict.order is not None:
            entered.refuse("order_unreadable", verdict.told.lines)
        elif verdict.kind == Kind.REFUSED:
            entered.refuse(verdict.code, verdict.told.lines)
        entered.same += verdict.kind == Kind.SAME
    return entered


def _check_entered(entered: Entered) -> None:
    for code in entered.refused:
        raise Rejected(REFUSALS[code], code=code)


def _later(row: Order, now: datetime) -> datetime:
    return max(now, row.changed_at + TICK)


def _known(numbers: Iterable[str], store: Store) -> list[Order]:
    rows = Order.objects.filter(store=store, external_id__in=list(numbers))
    return list(rows.select_related("key__parent", "store").prefetch_related("items"))


def _locked(numbers: Iterable[str], store: Store) -> list[Order]:
    rows = Order.objects.filter(store=store, external_id__in=list(numbers))
    rows = rows.select_related("key__parent", "store").prefetch_related("items")
    return list(rows.select_for_update(of=("self",)).order_by("id"))


def _at_amazon(numbers: Iterable[str], store: Store) -> set[str]:
    """Which of the numbers came in through a store of Amazon's."""
    rows = Order.objects.filter(workspace=store.workspace_id, external_id__in=list(numbers))
    return set(rows.exclude(store__marketplace_id="").values_list("external_id", flat=True))
