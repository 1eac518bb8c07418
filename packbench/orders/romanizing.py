"""Romanizing: an address in Latin letters beside the one in kanji, which stays as it came.

Proposed by `lib.postal.romanizing`, taken by a person (or by the store's setting) and sealed like
the address it stands for. Labels use it only then; which one a label used is in its row.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.addresses import Address, OwnAddress
from packbench.lib.errors import Rejected
from packbench.lib.postal.checking import is_latin
from packbench.lib.postal.japan import is_japanese
from packbench.lib.postal.romanizing import can_romanize, romanized
from packbench.lib.sentences import marked
from packbench.orders.checking import FIELDS, check_again
from packbench.orders.models import OPEN, Order, Script
from packbench.orders.sealing import latin_address, place_of, seal_latin
from packbench.privacy.models import opened_if_alive

JOB = "orders.romanize"
ACTOR = "packbench"
AT_ONCE = 100  # orders; each takes some milliseconds
NO_PLACE = marked("There is no address to write in Latin letters.")
NOT_LATIN = marked("Write the whole address in Latin letters.")
INCOMPLETE = marked("Enter a name and a street in Latin letters.")


def proposal(place: Address | None) -> Address | None:
    """The address in Latin letters, for a person to look at; None where there is no need.

    Raises Unsupported where the extra that romanizes is not installed.
    """
    return romanized(place) if place and is_japanese(place) else None


@transaction.atomic
def use_latin(order: Order, address: Address, *, actor: str, now: datetime) -> None:
    """Let labels use this address in Latin letters. Safe to run again. Raises Rejected.

    The address that the store or a person gave stays, and counts again once it is another one.
    """
    row = _locked(order)
    key = opened_if_alive(row.key)
    place = place_of(row, key)
    if key is None or place is None:
        raise Rejected(NO_PLACE, code="no_address")
    _check(address)
    own = OwnAddress(address=address, instead_of=place)
    if row.address_script == Script.LATIN and latin_address(row, key) == own:
        return
    row.latin_address, row.address_script = seal_latin(own, key), Script.LATIN
    check_again(row, key, row.store)
    row.save(update_fields=FIELDS)
    _record("order.romanized", row, actor=actor, now=now)


@transaction.atomic
def use_native(order: Order, *, actor: str, now: datetime) -> None:
    """Let labels use the address as it came, whatever the store's setting. Safe to run again."""
    row = _locked(order)
    if row.address_script == Script.NATIVE:
        return
    row.latin_address, row.address_script = None, Script.NATIVE
    check_again(row, opened_if_alive(row.key), row.store)
    row.save(update_fields=FIELDS)
    _record("order.unromanized", row, actor=actor, now=now)


def romanize_waiting(store_id: str, *, now: datetime) -> int:
    """Romanize open orders of a store that wants it by itself, where nobody has chosen.

    Returns how many it was done to; a slice that is full queues the next one.
    """
    if not can_romanize():
        return 0
    rows = list(_waiting().filter(store=store_id).select_related("key__parent")[:AT_ONCE])
    for row in rows:
        _romanize(row, now=now)
    if len(rows) == AT_ONCE:
        defer_once(JOB, store_id=store_id)
    return len(rows)


def stores_to_romanize() -> list[str]:
    """The stores that want it and have orders that nobody chose for; none without the extra."""
    if not can_romanize():
        return []
    return list(_waiting().order_by().values_list("store_id", flat=True).distinct())


def _waiting() -> Any:
    stores = Store.objects.filter(romanizes=True).values("pk")
    return Order.objects.filter(
        store__in=stores,
        status__in=OPEN,
        ship_to_country="JP",
        address_script="",
        has_address=True,
        address_findings__contains=["not_latin"],
    ).order_by("pk")


def _romanize(row: Order, *, now: datetime) -> None:
    """Take the proposal; one that is not fit for a label leaves the address as it came."""
    place = place_of(row, opened_if_alive(row.key))
    try:
        found = proposal(place)
        if found is None:
            raise Rejected(NO_PLACE, code="no_address")
        use_latin(row, found, actor=ACTOR, now=now)
    except Rejected:
        use_native(row, actor=ACTOR, now=now)


def _check(address: Address) -> None:
    if not is_latin(address):
        raise Rejected(NOT_LATIN, code="not_latin")
    if not address.is_complete:
        raise Rejected(INCOMPLETE, code="latin_incomplete")


def _locked(order: Order) -> Order:
    rows = Order.objects.select_related("store", "key__parent")
    return rows.select_for_update(of=("self",)).get(pk=order.pk)


def _record(name: str, row: Order, *, actor: str, now: datetime) -> None:
    record(name, row.workspace_id, actor=actor, now=now, order_id=row.pk, store_id=row.store_id)
