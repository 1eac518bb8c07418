"""Noting: what the desk's people write to an order, for each other or for its buyer.

Amazon takes no note to a buyer with a shipment: it is kept here, for packing slips and the phone
(SEED-42, SEED-43). Notes are sealed by the order's key and end with the buyer's data.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order, OrderNote
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import reveal

seal_text = sealer(OrderNote, "text")

LONGEST = 1000
MOST = 100
EMPTY = marked("Write something first.")
TOO_LONG = marked("A note holds at most %(most)s characters; this one has %(given)s.")
TOO_MANY = marked("An order holds at most %(most)s notes. Remove one first.")
ERASED = marked("The buyer's data of this order was erased: no note can be kept with it.")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as people read it; no text where it was erased."""

    id: str
    kind: str
    text: str | None
    author: str
    written_at: datetime


@transaction.atomic
def write_note(order: Order, text: str, *, kind: str, actor: str, now: datetime) -> OrderNote:
    """Keep a note with the order. Raises Rejected: empty, too long, too many, or erased."""
    text = text.replace("\0", "").strip()
    if not text:
        raise Rejected(EMPTY, code="bad_note")
    if len(text) > LONGEST:
        raise Rejected(TOO_LONG, code="bad_note", most=LONGEST, given=len(text))
    row = Order.objects.select_related("key__parent").select_for_update(of=("self",))
    locked = row.get(pk=order.pk)
    key = opened_if_alive(locked.key)
    if key is None or locked.erased_at is not None:
        raise Rejected(ERASED, code="erased")
    if locked.notes.count() >= MOST:
        raise Rejected(TOO_MANY, code="bad_note", most=MOST)
    note = OrderNote.objects.create(
        order=locked, kind=kind, text=seal_text(text, key), author=actor, written_at=now
    )
    _count(locked)
    _record("order.noted", locked, kind, actor=actor, now=now)
    return note


@transaction.atomic
def remove_note(order: Order, note_id: str, *, actor: str, now: datetime) -> bool:
    """Take a note off the order. False: it is not there."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    note = locked.notes.filter(pk=note_id).first()
    if note is None:
        return False
    note.delete()
    _count(locked)
    _record("order.unnoted", locked, note.kind, actor=actor, now=now)
    return True


def notes_of(order: Order) -> list[Note]:
    """The order's notes, the latest first, opened; the caller writes down who looked."""
    rows = order.notes.order_by("-written_at", "-id")
    return [
        Note(row.pk, row.kind, reveal(row, "text", order.key), row.author, row.written_at)
        for row in rows
    ]


def _count(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(note_count=order.notes.count())


def _record(name: str, order: Order, kind: str, *, actor: str, now: datetime) -> None:
    record(
        name,
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
        kind=kind,
    )
