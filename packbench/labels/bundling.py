"""Bundling: all papers of many parcels as one print-out, in the order of the parcels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packbench.labels.customs_forms import draw_customs
from packbench.labels.merging import CannotMerge, join_zpl
from packbench.labels.models import Kind, StorePapers
from packbench.labels.originals import CUSTOMS, LABEL, PDF, UNREADABLE, ZPL, open_originals
from packbench.labels.rastering import zpl_of_pdf
from packbench.labels.sheets import SHEETS, Leaf, compose, is_label, page_sizes
from packbench.labels.slip_values import Packed
from packbench.labels.slips import SMALL, Slips, draw_slips
from packbench.lib.errors import Rejected

ORDER = tuple(kind.value for kind in Kind)
SLIPS = frozenset({Kind.SLIP.value, Kind.GIFT_CARD.value})
FORMS = frozenset({Kind.CUSTOMS.value, Kind.INVOICE.value})
LABEL_PAPER = "4x6in"


@dataclass(frozen=True, slots=True)
class Form:
    """How it comes out: format, the labels' sheet ("": as sent), the papers' own paper.

    `start` is the first free place of a sheet that was used before, counted from 0.
    """

    format: str = PDF
    sheet: str = ""
    paper: str = "a4"
    start: int = 0
    is_by_kind: bool = False
    dpi: int = 0  # of ZPL; 0: as the carrier made it


@dataclass(slots=True)
class Bundle:
    """A print-out, and which kinds of papers each parcel has in it. Holds buyers' data."""

    content: bytes
    kinds: dict[str, list[str]] = field(default_factory=dict)  # by shipment

    def __repr__(self) -> str:
        return f"Bundle({len(self.kinds)} parcels)"


@dataclass(slots=True)
class _Sources:
    """Documents, and the leaves of each parcel and kind in them."""

    documents: list[bytes] = field(default_factory=list)
    sizes: list[list[tuple[float, float]]] = field(default_factory=list)
    leaves: dict[tuple[str, str], list[Leaf]] = field(default_factory=dict)

    def add(self, content: bytes, owner: str) -> int:
        """Add a document. Raises Rejected naming the order that it is of, if it is broken."""
        try:
            self.sizes += page_sizes([content])
        except CannotMerge as error:
            raise Rejected(UNREADABLE, code="label_unreadable", number=owner) from error
        self.documents.append(content)
        return len(self.documents) - 1


def bundle(
    parcels: Sequence[Packed], kinds: Sequence[str], settings: Mapping[str, StorePapers], form: Form
) -> Bundle | None:
    """Put the papers of these kinds together; None where there are none.

    Raises Rejected naming the order whose paper was erased or cannot be read.
    """
    if form.format == ZPL:
        return _zpl(parcels, kinds, settings, form)
    sources = _pdf_sources(parcels, kinds, settings, form, with_labels=True)
    leaves = _in_order(parcels, sources, form)
    if not leaves:
        return None
    content = compose(sources.documents, leaves, SHEETS.get(form.sheet), start=form.start)
    return Bundle(content, _kinds_of(sources.leaves))


def _pdf_sources(
    parcels: Sequence[Packed],
    kinds: Sequence[str],
    settings: Mapping[str, StorePapers],
    form: Form,
    *,
    with_labels: bool,
) -> _Sources:
    sources = _Sources()
    has_own = _add_originals(sources, parcels, kinds, with_labels=with_labels)
    small = form.paper if form.paper in SMALL else _small_paper(form)
    if FORMS & set(kinds):
        customs = draw_customs(
            parcels, kinds, has_own=frozenset(has_own), small_paper=small, paper=form.paper
        )
        _add_slips(sources, customs.small)
        _add_slips(sources, customs.large)
    if SLIPS & set(kinds):
        _add_slips(sources, draw_slips(parcels, kinds, dict(settings), paper=form.paper))
    return sources


def _small_paper(form: Form) -> str:
    return "a6" if form.sheet in {"a6", "a4_4"} else LABEL_PAPER


def _add_originals(
    sources: _Sources, parcels: Sequence[Packed], kinds: Sequence[str], *, with_labels: bool
) -> set[str]:
    """Add what the carriers sent; returns the shipments for which they sent customs papers."""
    shipments = [packed.shipment for packed in parcels]
    wanted = [LABEL] if with_labels and Kind.LABEL in kinds else []
    wanted += [CUSTOMS] if FORMS & set(kinds) else []
    has_own: set[str] = set()
    if not wanted:
        return has_own
    found = open_originals(shipments, format=PDF, kinds=wanted)
    for shipment in shipments:
        for original in found[shipment.pk]:
            place = sources.add(original.content, shipment.order.external_id)
            leaves = sources.leaves.setdefault((shipment.pk, original.kind), [])
            leaves += [Leaf(place, page) for page in range(len(sources.sizes[place]))]
            if original.kind == CUSTOMS:
                has_own.add(shipment.pk)
    return has_own


def _add_slips(sources: _Sources, slips: Slips) -> None:
    if not slips.pages:
        return
    place = sources.add(slips.content, "")
    for owner, pages in slips.pages.items():
        leaves = [Leaf(place, page) for page in range(pages.first, pages.first + pages.length)]
        sources.leaves.setdefault(owner, []).extend(leaves)


def _in_order(parcels: Sequence[Packed], sources: _Sources, form: Form) -> list[Leaf]:
    """The leaves parcel by parcel, or kind by kind.

    Where several labels share a sheet, pages of their own come after: they would end each sheet.
    """
    sheet = SHEETS.get(form.sheet)
    shares = sheet is not None and sheet.places > 1
    owners = list(_owners(parcels, is_by_kind=form.is_by_kind))
    leaves = [leaf for owner in owners for leaf in sources.leaves.get(owner, [])]
    if shares:
        leaves.sort(key=lambda leaf: not is_label(sources.sizes[leaf.document][leaf.page]))
    return leaves


def _owners(parcels: Sequence[Packed], *, is_by_kind: bool) -> Iterator[tuple[str, str]]:
    if is_by_kind:
        yield from ((packed.shipment.pk, kind) for kind in ORDER for packed in parcels)
    else:
        yield from ((packed.shipment.pk, kind) for packed in parcels for kind in ORDER)


def _zpl(
    parcels: Sequence[Packed], kinds: Sequence[str], settings: Mapping[str, StorePapers], form: Form
) -> Bundle | None:
    """Labels as ZPL, everything else as bitmaps on label paper."""
    paper = form.paper if form.paper in SMALL else LABEL_PAPER
    small = Form(PDF, form.sheet if form.sheet in SMALL else paper, paper)
    drawn = _pdf_sources(parcels, kinds, settings, small, with_labels=False)
    labels = {}
    if Kind.LABEL in kinds:
        shipments = [packed.shipment for packed in parcels]
        labels = open_originals(shipments, format=ZPL, dpi=form.dpi)
    pieces: list[bytes] = []
    found: dict[tuple[str, str], list[Leaf]] = {}
    for owner in _owners(parcels, is_by_kind=form.is_by_kind):
        shipment, kind = owner
        mine = [each.content for each in labels.get(shipment, [])] if kind == Kind.LABEL else []
        if leaves := drawn.leaves.get(owner, []):
            pdf = compose(drawn.documents, leaves, SHEETS[small.sheet])
            mine.append(zpl_of_pdf(pdf, dpi=form.dpi or 203))
        if mine:
            pieces += mine
            found[owner] = leaves
    return Bundle(join_zpl(pieces), _kinds_of(found)) if pieces else None


def _kinds_of(leaves: Mapping[tuple[str, str], object]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for shipment, kind in leaves:
        kinds.setdefault(shipment, []).append(kind)
    return kinds
