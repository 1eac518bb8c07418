"""Printing: the papers of many parcels as one document, in the order they were picked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.events.recording import event, record_all
from packbench.labels.arranging import papers_of_stores
from packbench.labels.bundling import Form, bundle
from packbench.labels.merging import CannotMerge, join_zpl, merge_pdfs
from packbench.labels.models import Kind
from packbench.labels.originals import UNREADABLE, open_originals
from packbench.labels.slip_values import Packed
from packbench.labels.slips import pack
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.customized import FIELD
from packbench.privacy.revealing import record_disclosure
from packbench.shipments.models import Companion, Shipment
from packbench.shipments.status import Status

NOTHING_TO_PRINT = marked("None of these orders has a label to print.")
NO_PAPERS = marked("None of these orders has such papers.")
JOINERS = {"pdf": merge_pdfs, "zpl": join_zpl}
# What is recorded as shown for each kind of paper.
SHOWN = {
    Kind.LABEL.value: ("label",),
    Kind.CUSTOMS.value: ("recipient",),
    Kind.INVOICE.value: ("recipient",),
    Kind.SLIP.value: ("recipient",),
    Kind.GIFT_CARD.value: ("gift_message",),
}


@dataclass(frozen=True, slots=True)
class Printout:
    """One document for the printer and the shipments in it. Holds buyers' addresses."""

    content: bytes
    format: str
    shipments: tuple[Shipment, ...]

    def __repr__(self) -> str:
        return f"Printout({self.format}, {len(self.shipments)} labels)"


def print_labels(
    shipments: Sequence[Shipment], *, format: str, actor: str, now: datetime
) -> Printout:
    """Join the labels as they were sent, in the given order, and note them as printed.

    Safe to run again: a reprint costs nothing. Raises Rejected where there is nothing to print,
    and where a label among them was erased.
    """
    originals = open_originals(shipments, format=format)
    pages = [each for shipment in shipments for each in originals[shipment.pk]]
    if not pages:
        raise Rejected(NOTHING_TO_PRINT, code="nothing_to_print")
    try:
        content = JOINERS[format]([page.content for page in pages])
    except CannotMerge as error:
        number = pages[error.index or 0].shipment.order.external_id
        raise Rejected(UNREADABLE, code="label_unreadable", number=number) from error
    shown = list(dict.fromkeys(page.shipment for page in pages))
    _record(shown, actor=actor, now=now)
    return Printout(content, format, tuple(shown))


def print_papers(
    shipments: Sequence[Shipment], kinds: Sequence[str], form: Form, *, actor: str, now: datetime
) -> Printout:
    """Print papers of these kinds for the shipments, in the given order, and note it.

    Safe to run again: a reprint costs nothing and nothing is stored. Raises Rejected where there
    is nothing to print, where buyers' data was erased, and where a template is broken.
    """
    return print_parcels(pack(shipments), kinds, form, actor=actor, now=now)


def print_parcels(
    parcels: Sequence[Packed], kinds: Sequence[str], form: Form, *, actor: str, now: datetime
) -> Printout:
    """The same for parcels that may not be planned yet."""
    settings = papers_of_stores(packed.order.store_id for packed in parcels)
    made = bundle(parcels, kinds, settings, form)
    if made is None:
        is_labels = Kind.LABEL in kinds
        raise Rejected(NOTHING_TO_PRINT if is_labels else NO_PAPERS, code="nothing_to_print")
    shown = [packed for packed in parcels if packed.shipment.pk in made.kinds]
    record_shown(shown, made.kinds, actor=actor, now=now)
    record_printed(shown, made.kinds, actor=actor, now=now)
    return Printout(made.content, form.format, tuple(packed.shipment for packed in shown))


def record_shown(
    parcels: Sequence[Packed], kinds: Mapping[str, Sequence[str]], *, actor: str, now: datetime
) -> None:
    """Write down that somebody was given papers with these buyers' data."""
    fields: dict[tuple[str, ...], list[str]] = {}
    for packed in parcels:
        named = _shown(packed, kinds[packed.shipment.pk])
        fields.setdefault(named, []).extend(order.pk for order in packed.orders)
    for named, order_ids in fields.items():
        record_disclosure(
            parcels[0].order.workspace_id, order_ids, named, actor=actor, reason="print", now=now
        )


@transaction.atomic
def record_printed(
    parcels: Sequence[Packed], kinds: Mapping[str, Sequence[str]], *, actor: str, now: datetime
) -> None:
    """Write down which papers were printed."""
    labeled = [packed.shipment for packed in parcels if Kind.LABEL in kinds[packed.shipment.pk]]
    _note_labels(labeled, actor=actor, now=now)
    others = [packed for packed in parcels if set(kinds[packed.shipment.pk]) - {Kind.LABEL.value}]
    record_all(
        event(
            "papers.printed",
            packed.order.workspace_id,
            actor=actor,
            now=now,
            order_id=order.pk,
            store_id=order.store_id,
            shipment_id="" if packed.shipment._state.adding else packed.shipment.pk,
            kinds=sorted(set(kinds[packed.shipment.pk]) - {Kind.LABEL.value}),
        )
        for packed in others
        for order in packed.orders
    )


def _shown(packed: Packed, kinds: Sequence[str]) -> tuple[str, ...]:
    named = {field for kind in kinds for field in SHOWN[kind]}
    if Kind.SLIP in kinds and any(item.order_item.is_customized for item in packed.items):
        named.add(FIELD)
    return tuple(sorted(named))


@transaction.atomic
def _record(shipments: Sequence[Shipment], *, actor: str, now: datetime) -> None:
    _note_labels(shipments, actor=actor, now=now)
    along = Companion.objects.filter(shipment__in=shipments).values_list("order", flat=True)
    record_disclosure(
        shipments[0].workspace_id,
        [*(shipment.order_id for shipment in shipments), *along],
        ["label"],
        actor=actor,
        reason="print",
        now=now,
    )


def _note_labels(shipments: Sequence[Shipment], *, actor: str, now: datetime) -> None:
    ids = [shipment.pk for shipment in shipments]
    Shipment.objects.filter(pk__in=ids, status=Status.PURCHASED).update(
        status=Status.PRINTED, printed_at=now
    )
    record_all(
        event(
            "label.printed",
            shipment.workspace_id,
            actor=actor,
            now=now,
            order_id=shipment.order_id,
            shipment_id=shipment.pk,
        )
        for shipment in shipments
    )
