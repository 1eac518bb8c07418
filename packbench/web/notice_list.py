"""The outbox: every notice with where it stands, narrowed, page by page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.shipments.models import Notice
from packbench.web.rows import State, notice_state, store_code

PAGE = 50
NEAR = timedelta(hours=4)
Status = Notice.Status
OPEN = (Status.PENDING, Status.THROTTLED, Status.SENDING, Status.FAILED)
# Those by deadline come first; the others the latest first.
SHOWN: dict[str, tuple[Any, Q]] = {
    "": (_("All"), Q()),
    "near": (_("Due within 4 hours"), Q(status__in=OPEN)),
    "waiting": (_("Waiting"), Q(status__in=(Status.PENDING, Status.SENDING))),
    "throttled": (_("Waiting for quota"), Q(status=Status.THROTTLED)),
    "refused": (_("Refused"), Q(status=Status.FAILED)),
    "accepted": (_("Accepted"), Q(status=Status.ACCEPTED)),
    "unverified": (
        _("Not verified yet"),
        Q(status=Status.ACCEPTED, verified_at__isnull=True),
    ),
    "voided": (_("Parcel voided"), Q(is_orphaned=True)),
    "never": (_("Not told"), Q(status=Status.NOT_REQUIRED)),
}
URGENT_FIRST = ("near", "waiting", "throttled", "refused")


def waiting(workspace: Workspace, *, now: datetime) -> tuple[int, int]:
    """How many notices wait, and how many of all that are not accepted are nearly late."""
    return workspace.notices.waiting().count(), near(workspace, now=now).count()


def near(workspace: Workspace, *, now: datetime) -> QuerySet[Notice]:
    """What Amazon has not accepted though its deadline is near or over (SEED-63)."""
    return workspace.notices.filter(status__in=OPEN, deadline_at__lt=now + NEAR)


def read(workspace: Workspace, params: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """One page of the list as the address asks for it."""
    text = params.get("q", "").replace("\x00", "").strip()[:60]
    shown = params.get("show", "") if params.get("show", "") in SHOWN else ""
    rows = _rows(workspace, text, shown, now=now)
    page = list(_beyond(rows, shown, params.get("after", ""))[: PAGE + 1])
    key = _key(page[PAGE - 1], shown) if len(page) > PAGE else ""
    queueing = _queueing(workspace, now=now)
    return {
        "notices": [
            line(row, now=now) | {"is_in_turn": row.store.account_id in queueing}
            for row in page[:PAGE]
        ],
        "feeds": list(workspace.notice_feeds.open().select_related("account").order_by("pk")[:5]),
        "text": text,
        "shown": shown,
        "filters": [
            {"word": word, "url": _url(q=text, show=name), "is_on": name == shown}
            for name, (word, _fits) in SHOWN.items()
        ],
        "more_url": _url(q=text, show=shown, after=key) if key else "",
    }


def _queueing(workspace: Workspace, *, now: datetime) -> set[str | None]:
    """Accounts whose quota is empty right now: what waits there goes in turn."""
    waiting = workspace.notices.filter(status=Status.THROTTLED, next_try_at__gt=now)
    return set(waiting.values_list("store__account", flat=True).distinct())


def line(row: Notice, *, now: datetime) -> dict[str, Any]:
    state = notice_state(row.status, row.problem, row.awaits_scan, row.is_orphaned)
    is_open = row.status in OPEN and not row.is_orphaned
    return {
        "row": row,
        "state": state or State("", "info", _("Not told")),
        "store_code": store_code(row.store),
        "is_near": is_open and row.deadline_at < now + NEAR,
        "is_late": is_open and row.deadline_at < now,
        "is_settled": row.status in (Status.ACCEPTED, Status.NOT_REQUIRED),
        "can_ask": row.status != Status.SENDING and not row.is_orphaned,
        "can_stop": row.status in (Status.PENDING, Status.THROTTLED, Status.FAILED),
    }


def _rows(workspace: Workspace, text: str, shown: str, *, now: datetime) -> QuerySet[Notice]:
    rows = workspace.notices.filter(SHOWN[shown][1])
    if shown == "near":
        rows = rows.filter(deadline_at__lt=now + NEAR)
    if text:
        parcels = workspace.shipments.filter(tracking_number__istartswith=text).values("pk")
        orders = workspace.orders.filter(external_id__iexact=text).values("pk")
        rows = rows.filter(Q(shipment__in=parcels) | Q(order__in=orders))
    by = ("deadline_at", "id") if shown in URGENT_FIRST else ("-created_at", "-id")
    known = rows.select_related("order", "store", "shipment").order_by(*by)
    return known.defer("order__recipient", "order__buyer", "order__packages")


def _beyond(rows: QuerySet[Notice], shown: str, after: str) -> QuerySet[Notice]:
    """Rows after the key; all of them where it is none."""
    try:
        micros, _, pk = after.partition("-")
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros))
    except (ValueError, OverflowError):
        return rows
    if shown in URGENT_FIRST:
        return rows.filter(deadline_at__gte=at).filter(Q(deadline_at__gt=at) | Q(pk__gt=pk))
    return rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=pk))


def _key(row: Notice, shown: str) -> str:
    at = row.deadline_at if shown in URGENT_FIRST else row.created_at
    return f"{(at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)}-{row.pk}"


def _url(**words: str) -> str:
    said = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('notices')}?{said}" if said else reverse("notices")
