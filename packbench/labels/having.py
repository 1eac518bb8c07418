"""Having: which papers there are for a parcel, before anything is drawn."""

from collections.abc import Iterable

from packbench.labels.customs_forms import is_drawn
from packbench.labels.models import Kind, StorePapers
from packbench.labels.originals import CUSTOMS
from packbench.labels.slip_values import Packed
from packbench.labels.slips import is_due
from packbench.shipments.models import Document, Label


def papers_there(packed: Packed, kinds: Iterable[str], settings: StorePapers) -> tuple[str, ...]:
    """Those of the kinds that the parcel has; a job for the others would print nothing."""
    return tuple(kind for kind in kinds if _has(packed, kind, settings))


def _has(packed: Packed, kind: str, settings: StorePapers) -> bool:
    if kind in (Kind.SLIP, Kind.GIFT_CARD):
        return is_due(packed, kind, settings)
    if kind == Kind.LABEL:
        return not packed.shipment.is_manual
    return _has_form(packed, kind)


def _has_form(packed: Packed, kind: str) -> bool:
    """The carrier's own customs papers take the place of both of ours."""
    if Document.objects.filter(
        label__shipment=packed.shipment.pk, label__status=Label.Status.PURCHASED, kind=CUSTOMS
    ).exists():
        return kind == Kind.CUSTOMS
    return is_drawn(packed, kind)
