"""What the page Personal data shows: when buyers' data ends, what was erased, who looked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.orders.models import Order
from packbench.privacy.models import Disclosure, Sanitization, Sweep
from packbench.web.order_page import MACHINES, rule_words
from packbench.web.people import people_of

REASONS: dict[str, Any] = {
    "order": _("Page of the order"),
    "grid": _("List of orders"),
    "print": _("Printed"),
    "customers": _("Customers"),
    "export": _("File of customers"),
    "search": _("Searched by name, e-mail or phone"),
    "api": _("By a program, with an API key"),
}
FIELDS: dict[str, Any] = {
    "recipient": _("address"),
    "recipient.name": _("name"),
    "recipient.company": _("company"),
    "recipient.phone": _("phone"),
    "recipient.instructions": _("notes of the buyer"),
    "buyer": _("buyer"),
    "buyer.name": _("buyer's name"),
    "buyer.email": _("e-mail"),
    "search": _("search"),
    "notes": _("messages"),
    "details": _("tax numbers and wishes"),
    "recipient.details": _("tax numbers and wishes"),
    "own_address": _("address"),
    "gift_message": _("Gift message"),
    "customization": _("Customization"),
    "return_label": _("Return label"),
    "label": _("label"),
    "photo": _("photo of the parcel"),
}
PAGE = 50
FEW = 5
DAYS = 30
BAR_HEIGHT = 64


@dataclass(frozen=True, slots=True)
class Bar:
    """How many orders end on a day, as a bar of the chart."""

    day: str
    count: int
    x: int
    y: int
    height: int


def privacy_context(workspace: Workspace, *, now: datetime) -> dict[str, Any]:
    return due_context(workspace, now=now) | {
        "heartbeat": Sweep.objects.filter(workspace_id="").first(),
        "sweeps": Sweep.objects.filter(workspace_id=workspace.pk).order_by("-id")[:FEW],
        "records": _records(workspace, sanitizations(workspace)[:FEW]),
        "looks": _looks(workspace, disclosures(workspace)[:FEW]),
    }


def due_context(workspace: Workspace, *, now: datetime) -> dict[str, Any]:
    """What ends in the next days, by the day (UTC), and what should have ended already."""
    kept = workspace.orders.filter(erased_at__isnull=True)
    ends = kept.filter(erase_at__lt=now + timedelta(days=DAYS))
    by_day: dict[date, int] = dict(
        ends.filter(erase_at__gte=now)
        .annotate(day=TruncDate("erase_at", tzinfo=UTC))
        .values_list("day")
        .annotate(count=Count("id"))
        .order_by("day")
    )
    first = now.astimezone(UTC).date()
    days = [first + timedelta(days=number) for number in range(DAYS + 1)]
    return {
        "bars": _bars([(day, by_day.get(day, 0)) for day in days]),
        "due_week": _until(kept, now, now + timedelta(days=7)),
        "due_month": sum(by_day.values()),
        "overdue": ends.filter(erase_at__lt=now).count(),
        "most_in_a_day": max(by_day.values(), default=0),
    }


def records_context(workspace: Workspace, after: str) -> dict[str, Any]:
    """One page of the records of what was erased, the latest first."""
    rows, more = _page(sanitizations(workspace), after)
    return {"records": _records(workspace, rows), "more": more}


def looks_context(workspace: Workspace, after: str) -> dict[str, Any]:
    """One page of who looked at what, the latest first."""
    rows, more = _page(disclosures(workspace), after)
    return {"looks": _looks(workspace, rows), "more": more}


def sanitizations(workspace: Workspace) -> QuerySet[Sanitization]:
    return Sanitization.objects.filter(workspace_id=workspace.pk).order_by("-id")


def disclosures(workspace: Workspace) -> QuerySet[Disclosure]:
    return Disclosure.objects.filter(workspace_id=workspace.pk).order_by("-id")


def _until(kept: QuerySet[Order], since: datetime, until: datetime) -> int:
    return kept.filter(erase_at__gte=since, erase_at__lt=until).count()


def _page(rows: QuerySet[Any], after: str) -> tuple[list[Any], str]:
    if after.isdecimal():
        rows = rows.filter(pk__lt=int(after[:18]))
    found = list(rows[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def _records(workspace: Workspace, rows: Iterable[Sanitization]) -> list[dict[str, Any]]:
    names = MACHINES | people_of(workspace, {row.actor for row in rows})
    return [
        {"row": row, "rule": rule_words(row.rule), "actor": names.get(row.actor, row.actor)}
        for row in rows
    ]


def _looks(workspace: Workspace, rows: Iterable[Disclosure]) -> list[dict[str, Any]]:
    names = MACHINES | people_of(workspace, {row.actor for row in rows})
    names |= dict(
        workspace.api_keys.filter(pk__in=[row.actor for row in rows]).values_list("pk", "name")
    )
    ids = {row.order_ids[0] for row in rows if row.order_ids}
    numbers = dict(workspace.orders.filter(pk__in=ids).values_list("pk", "external_id"))
    return [
        {
            "row": row,
            "actor": names.get(row.actor, row.actor),
            "order_id": row.order_ids[0] if row.order_ids and row.order_ids[0] in numbers else "",
            "number": numbers.get(row.order_ids[0], "") if row.order_ids else "",
            "others": len(row.order_ids) - 1,
            "reason": REASONS.get(row.reason, row.reason),
            "fields": [FIELDS.get(name, name) for name in row.fields],
        }
        for row in rows
    ]


def _bars(counts: Sequence[tuple[date, int]]) -> list[Bar]:
    most = max((count for _day, count in counts), default=0) or 1
    bars = []
    for place, (day, count) in enumerate(counts):
        height = max(round(count / most * BAR_HEIGHT), 2) if count else 0
        bars.append(Bar(date_format(day), count, place * 10, BAR_HEIGHT - height, height))
    return bars
