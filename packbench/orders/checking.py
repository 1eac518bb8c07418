"""Checking: what an order's address lacks or contradicts, as codes on its row.

Nothing is looked up anywhere and nothing of the address is changed. Codes hold nothing of the
buyer's; a store says which of them keep an order from a label (`Store.address_checks`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from packbench.channels.models import Store
from packbench.channels.settling import JUDGING
from packbench.events.recording import event, record_all
from packbench.jobs import defer_once
from packbench.lib.addresses import Address
from packbench.lib.postal.checking import check_address, check_writing
from packbench.lib.postal.findings import blocking
from packbench.orders.models import OPEN, Order, Script
from packbench.orders.sealing import is_same_place, latin_address, place_of
from packbench.orders.standing import ADDRESS_DOUBTFUL, STANDING_FIELDS, is_bare, restand
from packbench.privacy.models import opened_if_alive
from packbench.privacy.sealing import OpenKey

JOB = "orders.check_addresses"
ACTOR = "packbench"
AT_ONCE = 500  # orders
FIELDS = (
    "address_findings",
    "address_stops",
    "address_script",
    "is_address_unchecked",
    "latin_address",
    "waived",
    *STANDING_FIELDS,
)


def check_place(row: Order, place: Address | None, key: OpenKey | None, store: Store) -> None:
    """Set what is to be said of the address that the order ships to; nothing is saved.

    What was written in Latin letters for another address is dropped. Safe to run again.
    """
    _drop_stale(row, place, key)
    codes = [] if place is None or is_bare(place) else check_address(place)
    if place and row.address_script == Script.LATIN and (latin := latin_address(row, key)):
        codes = check_writing(codes, latin.address)
    row.address_findings = codes
    row.is_address_unchecked = False
    judge_findings(row, store)


def judge_findings(row: Order, store: Store) -> None:
    """Set which of the findings keep the order from a label at its store; nothing is saved.

    Doubts that were waived come back only where there is another one.
    """
    stops = blocking(row.address_findings, store.address_checks)
    if not set(stops) <= set(row.address_stops):
        row.waived = [code for code in row.waived if code != ADDRESS_DOUBTFUL]
    row.address_stops = stops


def check_again(row: Order, key: OpenKey | None, store: Store) -> None:
    """Check the address that the order ships to now, and let it stand by that; nothing is saved."""
    check_place(row, place_of(row, key), key, store)
    restand(row)


@transaction.atomic
def check_unchecked(*, now: datetime) -> int:
    """Check the addresses of the next orders that none looked at; returns how many orders.

    Safe to run again: a slice that is full queues the next one.
    """
    waiting = Order.objects.filter(is_address_unchecked=True).select_related("store", "key__parent")
    rows = list(waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:AT_ONCE])
    before = {row.pk: list(row.problems) for row in rows}
    for row in rows:
        row.is_address_unchecked = False
        if row.status in OPEN:
            check_again(row, opened_if_alive(row.key), row.store)
    _save(rows, before, now=now)
    if len(rows) == AT_ONCE:
        defer_once(JOB)
    return len(rows)


def has_unchecked() -> bool:
    """Whether there are orders whose addresses none looked at."""
    return Order.objects.filter(is_address_unchecked=True).exists()


@transaction.atomic
def judge_again(store_id: str, *, now: datetime) -> None:
    """Let the store's next open orders follow its choice of checks. Safe to run again."""
    store = Store.objects.held([store_id])[store_id]
    if store.addresses_judged_to is None:
        return
    orders = Order.objects.filter(store=store, status__in=OPEN, pk__gt=store.addresses_judged_to)
    rows = list(orders.select_for_update().order_by("pk")[:AT_ONCE])
    before = {row.pk: list(row.problems) for row in rows}
    for row in rows:
        judge_findings(row, store)
        restand(row)
    _save(rows, before, now=now)
    has_more = len(rows) == AT_ONCE
    place: dict[str, Any] = {JUDGING[0]: rows[-1].pk if has_more else None}
    Store.objects.filter(pk=store.pk).update(**place)
    if has_more:
        defer_once(JUDGING[1], store_id=store.pk)


def _drop_stale(row: Order, place: Address | None, key: OpenKey | None) -> None:
    if row.latin_address is None:
        return
    latin = latin_address(row, key)
    if latin is None or place is None or not is_same_place(place, latin.instead_of):
        row.latin_address, row.address_script = None, ""


def _save(rows: list[Order], before: dict[str, list[str]], *, now: datetime) -> None:
    Order.objects.bulk_update(rows, FIELDS, batch_size=AT_ONCE)
    doubted = (row for row in rows if ADDRESS_DOUBTFUL in _new(row, before))
    record_all(_doubted(doubted, now=now))


def _new(row: Order, before: dict[str, list[str]]) -> set[str]:
    return set(row.problems) - set(before[row.pk])


def _doubted(rows: Iterable[Order], *, now: datetime) -> list[Any]:
    return [
        event(
            "order.doubted",
            row.workspace_id,
            actor=ACTOR,
            now=now,
            order_id=row.pk,
            store_id=row.store_id,
            findings=row.address_stops,
        )
        for row in rows
    ]
