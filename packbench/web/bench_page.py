"""What the bench shows: the parcel, line by line, or the day so far."""

from typing import Any

from packbench.lib import clock
from packbench.packing.closing import Step, packed_since, problem_of, step_of
from packbench.packing.models import Packing
from packbench.packing.opening import settings_of
from packbench.packing.scanning import lines_of
from packbench.shipments.status import Status
from packbench.shipments.weighing import weight_of_pieces
from packbench.web.doors import DeskRequest

LATEST = 8
BOXES = 4  # each under a key of its own


def bench_context(request: DeskRequest, packing: Packing | None) -> dict[str, Any]:
    """The whole page."""
    return parcel_context(request, packing) | {"is_page": True}


def parcel_context(request: DeskRequest, packing: Packing | None) -> dict[str, Any]:
    """The parcel on the bench; with none, or a closed one, also what was packed before."""
    step = step_of(packing) if packing else None
    context: dict[str, Any] = {"packing": packing, "step": step}
    if packing is None or step in (Step.PACKED, Step.LEFT):
        context |= _day(request)
    if packing is None or step == Step.LEFT:
        return context | {"packing": None}
    lines = lines_of(packing)
    counted, expected = sum(row.packed for row in lines), sum(row.expected for row in lines)
    context |= {
        "order": packing.order,
        "others": _others(packing),
        "shipment": packing.shipment,
        "lines": lines,
        "next_id": next((row.pk for row in lines if not row.is_complete), None),
        "counted": counted,
        "expected": expected,
        "settings": settings_of(request.workspace),
    }
    if step in (Step.BOX, Step.REFUSED):
        pieces = {row.order_item_id: row.expected for row in lines}
        context |= {
            "boxes": list(request.workspace.package_types.order_by("-is_default", "name")),
            "grams": packing.weight_g or weight_of_pieces(packing.order, pieces) or None,
            "problem": problem_of(packing.shipment) if packing.shipment else None,
        }
    return context


def _others(packing: Packing) -> list[Any]:
    """The orders that go along in a combined parcel."""
    return packing.shipment.orders()[1:] if packing.shipment else []


def _day(request: DeskRequest) -> dict[str, Any]:
    workspace, now = request.workspace, clock.now()
    counts = packed_since(workspace, now=now)
    rows = workspace.packings.filter(status=Packing.Status.PACKED).select_related(
        "order", "shipment"
    )
    return {
        "packed_count": sum(counts.values()),
        "packed_by_me": counts.get(request.user.pk, 0),
        "waiting_count": workspace.shipments.filter(status__in=(Status.PURCHASED, Status.PRINTED))
        .exclude(packings__status=Packing.Status.PACKED)
        .count(),
        "latest": list(rows.order_by("-closed_at")[:LATEST]),
    }
