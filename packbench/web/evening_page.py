"""The end of the day: what is still open, what lies about, and which labels nobody used."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.leftovers import unused_labels
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.readying import due_today, end_of_today, todays_orders, without_label
from packbench.shipments.status import LABELED, Status
from packbench.web import saying
from packbench.web.order_page import shipped_with
from packbench.web.rows import PROBLEM_WORDS

MOST_SHOWN = 50
NEAR_END = timedelta(days=3)  # before the carrier takes a label back no more
# The bars of the chart, in the order in which a parcel goes through them.
STAGES: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("bought", _("Bought"), (Status.PURCHASED,)),
    ("printed", _("Printed"), (Status.PRINTED,)),
    ("handed", _("Handed over"), (Status.MANIFESTED,)),
    (
        "moving",
        _("On its way"),
        (Status.IN_TRANSIT, Status.DELIVERED, Status.EXCEPTION, Status.RETURNED),
    ),
)
WIDTH = 600  # of the chart, in its own units


def evening_context(
    workspace: Workspace, stores: Sequence[Store], *, now: datetime
) -> dict[str, Any]:
    """Everything that somebody should look at before going home."""
    left = without_label(todays_orders(workspace, stores, now=now))
    held = workspace.orders.filter(due_today(stores, now=now), status=OrderStatus.ON_HOLD)
    unused = unused_labels(workspace, now=now)
    waiting = workspace.notices.filter(
        status__in=(Notice.Status.PENDING, Notice.Status.THROTTLED, Notice.Status.SENDING),
        deadline_at__lte=max((end_of_today(each, now=now) for each in stores), default=now),
    )
    return {
        "left": [_open_line(order) for order in _shown(left)],
        "left_count": left.order_by().count(),
        "held": held.order_by().count(),
        "here": _here(workspace),
        "unused": [
            {
                "row": each.shipment,
                "service": shipped_with(each.shipment, {}),
                "void_by": each.void_by,
                "is_near": each.void_by is not None and each.void_by - now < NEAR_END,
                "is_over": each.is_over(now),
                "is_known": each.is_known,
            }
            for each in unused
        ],
        "unused_cost": _sum(each.shipment for each in unused if not each.is_over(now)),
        "notices": waiting.order_by().count(),
        "refused": workspace.notices.filter(status=Notice.Status.FAILED).order_by().count(),
        "chart": _chart(workspace, stores, now=now),
        "manifests_url": _url_or_none("manifests"),
    }


def _shown(orders: Any) -> list[Order]:
    rows = orders.select_related("store").defer("recipient", "buyer", "details", "packages")
    return list(rows.order_by("due_at", "id")[:MOST_SHOWN])


def _open_line(order: Order) -> dict[str, Any]:
    words = [str(PROBLEM_WORDS.get(code, code)) for code in order.problems]
    return {"row": order, "why": ", ".join(words)}


def _here(workspace: Workspace) -> list[dict[str, Any]]:
    """Labels that the carrier has not got, by carrier account: bought, and printed."""
    rows = workspace.shipments.filter(
        status__in=(Status.PURCHASED, Status.PRINTED), is_manual=False
    ).order_by()
    counts = rows.values("carrier_account", "carrier_account__name").annotate(
        count=Count("id"), printed=Count("id", filter=Q(status=Status.PRINTED))
    )
    return [
        {
            "account": each["carrier_account"],
            "name": each["carrier_account__name"],
            "count": each["count"],
            "printed": each["printed"],
            "unprinted": each["count"] - each["printed"],
        }
        for each in counts.order_by("carrier_account__name")
    ]


def _sum(shipments: Any) -> str:
    """What voiding them would bring back, by currency."""
    totals: dict[str, Any] = {}
    for row in shipments:
        if row.cost_currency and row.cost_amount:
            totals[row.cost_currency] = totals.get(row.cost_currency, 0) + row.cost_amount
    return " + ".join(saying.money(amount, currency) for currency, amount in totals.items())


def _chart(workspace: Workspace, stores: Sequence[Store], *, now: datetime) -> list[dict[str, Any]]:
    """Today's labels by carrier, and how far each got: a bar of parts for each."""
    today = Q(pk__in=[])
    for store in stores:
        began = end_of_today(store, now=now) - timedelta(days=1)
        today |= Q(order__store=store, purchased_at__gt=began)
    rows = workspace.shipments.filter(today, status__in=LABELED).order_by()
    counts: dict[str, dict[str, int]] = {}
    for name, status, count in rows.values_list("carrier_account__name", "status").annotate(
        count=Count("id")
    ):
        counts.setdefault(name, {})[status] = count
    most = max((sum(each.values()) for each in counts.values()), default=0)
    return [_bar(name, counts[name], most) for name in sorted(counts)]


def _bar(name: str, counts: dict[str, int], most: int) -> dict[str, Any]:
    parts, x = [], 0.0
    for key, word, statuses in STAGES:
        count = sum(counts.get(status, 0) for status in statuses)
        width = round(WIDTH * count / most, 1)
        if count:
            parts.append({"key": key, "word": word, "count": count, "x": x, "width": width})
        x += width
    return {"name": name, "total": sum(counts.values()), "parts": parts}


def _url_or_none(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def chosen_unused(workspace: Workspace, ids: Sequence[str]) -> list[Shipment]:
    """The workspace's labels among these that may be voided."""
    return list(workspace.shipments.with_order().filter(pk__in=ids).order_by("id"))
