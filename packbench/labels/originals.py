"""Originals: the files of labels as their carriers sent them, in the form that a printer takes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from packbench.labels.merging import CannotMerge
from packbench.labels.rastering import pdf_of_picture, zpl_of_pdf
from packbench.labels.sheets import SHEETS, compose, leaves_of, page_sizes
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.revealing import reveal
from packbench.shipments.models import Document, Label, Shipment

LABEL, CUSTOMS = "label", "customs"
PDF, ZPL, PNG = "pdf", "zpl", "png"
USUAL_DPI = 203

UNREADABLE = marked("The label of order %(number)s cannot be read. Void it and buy another one.")
ERASED = marked(
    "The label of order %(number)s was erased with the buyer's data and cannot be printed any more."
)
ONLY_ZPL = marked(
    "The carrier sent the label of order %(number)s as ZPL only: print it on a label printer."
)


@dataclass(frozen=True, slots=True)
class Original:
    """One file of a label, opened. It shows the buyer's address."""

    shipment: Shipment
    kind: str  # label | customs
    content: bytes

    def __repr__(self) -> str:
        return f"Original({self.kind} of {self.shipment.pk})"


def open_originals(
    shipments: Sequence[Shipment], *, format: str, kinds: Sequence[str] = (LABEL,), dpi: int = 0
) -> dict[str, list[Original]]:
    """Return the files of these labels by shipment, each in the order the carrier gave them.

    As they came where they came in the format; else a picture becomes a PDF, and what is not ZPL
    a bitmap of `dpi`. Raises Rejected naming the order whose label was erased or cannot be read.
    """
    rows: dict[str, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
    documents = Document.objects.filter(
        label__shipment__in=shipments, label__status=Label.Status.PURCHASED, kind__in=kinds
    ).select_related("label")
    for row in documents.order_by("id"):
        rows[row.label.shipment_id][row.kind].append(row)
    found: dict[str, list[Original]] = {}
    for shipment in shipments:
        files = rows[shipment.pk]
        found[shipment.pk] = [
            Original(shipment, kind, content)
            for kind in kinds
            for content in _in_form(shipment, files.get(kind, []), format, dpi)
        ]
    return found


def open_original(shipment: Shipment, document: Document) -> bytes:
    """Return the file as the carrier sent it. Raises Rejected where it was erased (SEED-83)."""
    content: bytes | None = reveal(document, "content", shipment.order.key)
    if content is None:
        raise Rejected(ERASED, code="erased", number=shipment.order.external_id)
    return content


def _in_form(shipment: Shipment, rows: list[Document], format: str, dpi: int) -> list[bytes]:
    chosen = _fitting(rows, format, dpi)
    if chosen and chosen[0].format == format:
        return [open_original(shipment, row) for row in chosen]
    number = shipment.order.external_id
    made = []
    for row in chosen:
        content = open_original(shipment, row)
        try:
            pdf = pdf_of_picture(content, row.size) if row.format == PNG else content
            made.append(pdf if format == PDF else _bitmap(pdf, dpi or USUAL_DPI))
        except (ValueError, CannotMerge) as error:
            raise Rejected(UNREADABLE, code="label_unreadable", number=number) from error
    if rows and not made:
        raise Rejected(ONLY_ZPL, code="only_zpl", number=number)
    return made


def _fitting(rows: list[Document], format: str, dpi: int) -> list[Document]:
    """The files to use: those of the format, else what can be drawn anew."""
    own = [row for row in rows if row.format == format]
    if format == ZPL and own:
        usual = own[0].dpi
        wanted = [row for row in own if row.dpi == (dpi or usual)]
        if wanted:
            return wanted
        unknown = [row for row in own if row.dpi is None]
        if unknown:  # the carrier does not say for which resolution: as it was sent
            return unknown
    elif own:
        return own
    for other in (PDF, PNG):
        drawn = [row for row in rows if row.format == other]
        if drawn:
            return drawn
    return []


def _bitmap(pdf: bytes, dpi: int) -> bytes:
    """The pages as bitmaps on label paper."""
    leaves = list(leaves_of(page_sizes([pdf])))
    return zpl_of_pdf(compose([pdf], leaves, SHEETS["4x6in"]), dpi=dpi)
