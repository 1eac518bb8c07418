"""What a batch shows of itself: how far it got, and what needs a person, each with its fix."""

from collections.abc import Iterable, Mapping
from typing import Any

from packbench.labels.arranging import papers_of
from packbench.orders.models import Order
from packbench.orders.waiving import WAIVABLE
from packbench.shipments.models import Batch
from packbench.shipments.picking import PrintOrder
from packbench.shipments.progressing import Progress, State, progress_of, state_of
from packbench.shipments.status import Status
from packbench.web.people import people_of

MOST_SHOWN = 200
KINDS = {
    State.OPEN: ("info", "plus"),
    State.QUEUED: ("info", "clock"),
    State.PROCESSING: ("info", "clock"),
    State.COMPLETED: ("ok", "check"),
    State.COMPLETED_WITH_ERRORS: ("bad", "error"),
    State.INVALID: ("bad", "error"),
    State.ARCHIVED: ("", "batches"),
}


def batch_context(batch: Batch) -> dict[str, Any]:
    """Its progress, what failed at the carrier, what was not asked for, and who asked."""
    shipments = batch.shipments.select_related("order").defer("order__recipient", "order__buyer")
    people = people_of(batch.workspace)
    progress = progress_of([batch])[batch.pk]
    in_doubt = list(shipments.filter(status=Status.UNKNOWN).order_by("pk")[:MOST_SHOWN])
    failed = list(shipments.filter(status=Status.DRAFT).order_by("pk")[:MOST_SHOWN])
    return {
        "batch": batch,
        "by": people.get(batch.created_by, ""),
        "assignee": people.get(batch.assignee_id or "", ""),
        "shippers": _shippers(batch),
        "progress": progress,
        "state": badge(batch, progress),
        "failed": failed,
        "refused": list(_refused(batch)),
        "in_doubt": in_doubt,
        "collected": _collected(batch),
        "print_orders": PrintOrder.choices,
        "print_by": papers_of(batch.workspace).sort,
        "pause": "5s" if not progress.unplanned and len(in_doubt) == progress.left else "1s",
    }


def _shippers(batch: Batch) -> list[tuple[str, str]]:
    """Whom the batch can be given to, and who has it, by name."""
    rows = batch.workspace.memberships.select_related("person")
    members = [row for row in rows if row.can_ship or row.person_id == batch.assignee_id]
    words = ((member.person_id, str(member.person)) for member in members)
    return sorted(words, key=lambda each: each[1].casefold())


def badge(batch: Batch, progress: Progress) -> dict[str, str]:
    state = state_of(batch, progress)
    kind, icon = KINDS[state]
    return {"code": state.value, "word": str(state.label), "kind": kind, "icon": icon}


def batch_lines(batches: Iterable[Batch], people: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of the list of batches."""
    rows = list(batches)
    progress = progress_of(rows)
    return [
        {
            "row": row,
            "by": people.get(row.created_by, ""),
            "assignee": people.get(row.assignee_id or "", ""),
            "progress": progress[row.pk],
            "state": badge(row, progress[row.pk]),
        }
        for row in rows
    ]


def _refused(batch: Batch) -> Iterable[dict[str, Any]]:
    """The orders that could not be asked for: why, and whether that can be mended right here."""
    entries = batch.refused[:MOST_SHOWN]
    waiting = _still_there(batch, [entry["order_id"] for entry in entries])
    for entry in entries:
        codes = entry["problems"]
        yield {
            **entry,
            "order": waiting.get(entry["order_id"]),
            "is_held": "on_hold" in codes,
            "waivable": [code for code in codes if code in WAIVABLE],
            "lacks_weight": "missing_weight" in codes,
        }


def _still_there(batch: Batch, ids: list[str]) -> dict[str, Order]:
    rows = batch.workspace.orders.filter(pk__in=ids).defer("recipient", "buyer", "details")
    return {row.pk: row for row in rows}


def _collected(batch: Batch) -> list[Order]:
    """The orders in an open batch, as they were added."""
    if not batch.is_open:
        return []
    ids = batch.order_ids[:MOST_SHOWN]
    rows = _still_there(batch, ids)
    return [rows[pk] for pk in ids if pk in rows]
