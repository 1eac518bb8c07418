"""The morning board: what is to be done today, each tile with the view behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.orders.models import WORK
from packbench.shipments.models import Notice
from packbench.shipments.readying import (
    due_today,
    ready_today,
    todays_orders,
    unprinted_today,
    without_label,
)
from packbench.shipments.straying import Alert, with_alert
from packbench.web.grid_page import counted
from packbench.web.narrowing import AT_RISK

CAP = 1_000  # a tile counts no further


@dataclass(frozen=True, slots=True)
class Tile:
    """A count with its word, and the view that shows what it counts."""

    key: str
    word: Any
    said: str
    url: str
    icon: str
    kind: str


def today_context(
    workspace: Workspace, stores: Sequence[Store], *, now: datetime
) -> dict[str, Any]:
    """The tiles, and how many labels can be made and printed in one go."""
    ready = ready_today(workspace, stores, now=now)
    return {
        "tiles": _tiles(workspace, stores, now=now),
        "ready": len(ready),
        "unprinted": len(unprinted_today(workspace, stores, now=now)),
        "left": _count(without_label(todays_orders(workspace, stores, now=now))),
        "has_warehouse": workspace.warehouses.exists(),
        "has_stores": bool(stores),
        "open_batches": list(
            workspace.batches.filter(is_open=True, archived_at=None).order_by("-pk")[:5]
        ),
    }


def _tiles(workspace: Workspace, stores: Sequence[Store], *, now: datetime) -> list[Tile]:
    waiting = workspace.orders.filter(status__in=WORK)
    today = waiting.filter(due_today(stores, now=now), due_at__gte=now)
    risk = Q(due_at__gte=now, due_at__lt=now + AT_RISK)
    unscanned = with_alert(workspace.shipments.all(), Alert.NO_SCAN, now=now)
    refused = workspace.notices.filter(status=Notice.Status.FAILED)
    grid, parcels = reverse("orders"), reverse("shipments")
    return [
        _tile("today", _("Ship today"), today, f"{grid}?due=today", "clock", "info"),
        _tile("risk", _("Late risk"), waiting.filter(risk), f"{grid}?due=risk", "late", "warn"),
        _tile(
            "overdue",
            _("Overdue"),
            waiting.filter(due_at__lt=now),
            f"{grid}?due=overdue",
            "late",
            "bad",
        ),
        _tile(
            "problems",
            _("Problems"),
            waiting.filter(has_problems=True),
            reverse("problems"),
            "warning",
            "bad",
        ),
        _tile(
            "prime",
            _("Prime"),
            waiting.filter(programs__contains=["PRIME"]),
            f"{grid}?mark=prime",
            "prime",
            "info",
        ),
        _tile(
            "unscanned",
            _("No scan yet"),
            unscanned,
            f"{parcels}?parcel=unscanned",
            "shipments",
            "warn",
        ),
        _tile(
            "refused",
            _("Refused notices"),
            refused,
            f"{reverse('notices')}?show=refused",
            "notice",
            "bad",
        ),
    ]


def _tile(key: str, word: Any, rows: QuerySet[Any], url: str, icon: str, kind: str) -> Tile:
    count = rows.order_by()[: CAP + 1].count()
    return Tile(key, word, counted(count, CAP), url, icon, kind if count else "")


def _count(rows: QuerySet[Any]) -> str:
    return counted(rows.order_by()[: CAP + 1].count(), CAP)
