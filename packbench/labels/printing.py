"""Printing: the labels of many shipments as one document, in the order they were picked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.events.recording import event, record_all
from packbench.labels.merging import CannotMerge, join_zpl, merge_pdfs
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.models import Document, Label, Shipment
from packbench.shipments.status import Status

UNREADABLE = marked("The label of order %(number)s cannot be read. Void it and buy another one.")
ERASED = marked(
    "The label of order %(number)s was erased with the buyer's data and cannot be printed any more."
)
NOTHING_TO_PRINT = marked("None of these orders has a label to print.")
JOINERS = {"pdf": merge_pdfs, "zpl": join_zpl}


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
    """Join the labels in the given order and note them as printed.

    Safe to run again: a reprint costs nothing. Raises Rejected where there is nothing to print,
    and where a label among them was erased.
    """
    documents = _documents(shipments, format)
    pages = [
        (shipment, _open(document, shipment))
        for shipment in shipments
        for document in documents[shipment.pk]
    ]
    if not pages:
        raise Rejected(NOTHING_TO_PRINT, code="nothing_to_print")
    content = _joined(pages, format)
    shown = list(dict.fromkeys(shipment for shipment, _ in pages))
    _record(shown, actor=actor, now=now)
    return Printout(content, format, tuple(shown))


def _open(document: Document, shipment: Shipment) -> bytes:
    """Return the label's file. Raises Rejected where the buyer's data was erased (SEED-83)."""
    page: bytes | None = reveal(document, "content", shipment.order.key)
    if page is None:
        raise Rejected(ERASED, code="erased", number=shipment.order.external_id)
    return page


def _joined(pages: list[tuple[Shipment, bytes]], format: str) -> bytes:
    try:
        return JOINERS[format]([page for _, page in pages])
    except CannotMerge as error:
        number = pages[error.index or 0][0].order.external_id
        raise Rejected(UNREADABLE, code="label_unreadable", number=number) from error


def _documents(shipments: Sequence[Shipment], format: str) -> dict[str, list[Document]]:
    """The files of the format by shipment, each in the order the carrier gave them."""
    rows = Document.objects.filter(
        label__shipment__in=shipments, label__status=Label.Status.PURCHASED, format=format
    ).select_related("label")
    found: dict[str, list[Document]] = defaultdict(list)
    for row in rows.order_by("id"):
        found[row.label.shipment_id].append(row)
    return found


@transaction.atomic
def _record(shipments: Sequence[Shipment], *, actor: str, now: datetime) -> None:
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
    record_disclosure(
        shipments[0].workspace_id,
        [shipment.order_id for shipment in shipments],
        ["label"],
        actor=actor,
        reason="print",
        now=now,
    )
