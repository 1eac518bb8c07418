"""The page that closes the day: what goes on which form, and what is still open."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Q

from packbench.accounts.models import Workspace
from packbench.carriers.base import Feature
from packbench.carriers.dating import departs_at
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import can
from packbench.shipments.manifesting import MOST, at_hand, mover_of
from packbench.shipments.models import Manifest, Shipment
from packbench.shipments.status import UNDER_WAY, Status
from packbench.web.order_page import shipped_with
from packbench.web.rows import State

MOST_ROWS = 2_000
RECENT = 30
STATES = {
    Manifest.Status.ASKED: State("info", "clock", Manifest.Status.ASKED.label),
    Manifest.Status.MADE: State("ok", "check", Manifest.Status.MADE.label),
    Manifest.Status.REFUSED: State("bad", "error", Manifest.Status.REFUSED.label),
}


def read(workspace: Workspace, *, now: datetime) -> dict[str, Any]:
    """Each carrier and warehouse with the parcels that wait for its driver."""
    rows = at_hand(workspace).select_related("order__store", "carrier_account", "warehouse")
    rows = rows.defer("order__recipient", "order__buyer", "order__packages")
    waiting = sorted(rows[:MOST_ROWS], key=_place)
    open_ones = _still_open(workspace)
    names: dict[tuple[str, str], str] = {}
    groups = [
        _group(list(members), open_ones, names, now=now)
        for _key, members in groupby(waiting, key=_place)
    ]
    return {
        "groups": groups,
        "open_elsewhere": _elsewhere(open_ones, groups),
        "recent": [manifest_line(row) for row in _recent(workspace)],
        "most": MOST,
    }


def manifest_line(row: Manifest) -> dict[str, Any]:
    return {
        "row": row,
        "state": STATES[Manifest.Status(row.status)],
        "has_form": row.form_ends_at is not None,
        "is_stuck": row.status == Manifest.Status.ASKED and row.next_try_at is None,
    }


def _recent(workspace: Workspace) -> Any:
    rows = workspace.manifests.select_related("carrier_account", "warehouse").defer("form")
    return rows.order_by("-created_at", "-id")[:RECENT]


def _place(row: Shipment) -> tuple[str, str, str]:
    return (row.carrier_account_id, row.warehouse_id, mover_of(row))


def _group(
    members: list[Shipment],
    open_ones: dict[tuple[str, str], int],
    names: dict[tuple[str, str], str],
    *,
    now: datetime,
) -> dict[str, Any]:
    first = members[0]
    today = departs_at(first.warehouse, now)
    lines = [_line(row, names, leaves_with=today) for row in members[:MOST]]
    return {
        "account": first.carrier_account,
        "warehouse": first.warehouse,
        "mover": mover_of(first),
        "lines": lines,
        "count": len(members),
        "ticked": sum(line["is_ticked"] for line in lines),
        "unprinted": sum(not line["is_printed"] for line in lines),
        "departs_at": today,
        "makes_form": _makes_form(first.carrier_account),
        "still_open": open_ones.get((first.carrier_account_id, first.warehouse_id), 0),
    }


def _line(
    row: Shipment, names: dict[tuple[str, str], str], *, leaves_with: datetime
) -> dict[str, Any]:
    """A parcel is ticked where it is packed, as far as anybody knows, and leaves today."""
    is_printed = row.status == Status.PRINTED
    is_later = row.ships_at is not None and row.ships_at > leaves_with
    return {
        "row": row,
        "service": shipped_with(row, names),
        "is_printed": is_printed,
        "is_later": is_later,
        "is_ticked": is_printed and not is_later,
    }


def _makes_form(account: CarrierAccount) -> bool:
    return can(account, Feature.MANIFEST)


def _still_open(workspace: Workspace) -> dict[tuple[str, str], int]:
    """How many labels are still being bought, or are in doubt, by account and warehouse."""
    rows = workspace.shipments.filter(Q(status__in=UNDER_WAY) | Q(status=Status.VOIDING))
    places = rows.order_by().values("carrier_account", "warehouse")
    return {
        (place["carrier_account"], place["warehouse"]): place["count"]
        for place in places.annotate(count=Count("id"))
    }


def _elsewhere(open_ones: dict[tuple[str, str], int], groups: list[dict[str, Any]]) -> int:
    """Those of carriers that have nothing to close."""
    shown = {(group["account"].pk, group["warehouse"].pk) for group in groups}
    return sum(count for place, count in open_ones.items() if place not in shown)
