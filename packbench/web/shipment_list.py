"""The list of parcels: searched, narrowed, page by page, with what is wrong with each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.carriers.models import CarrierAccount
from packbench.privacy.redacting import redacted
from packbench.shipments.models import Companion, Notice, Shipment
from packbench.shipments.status import LABELED, Status
from packbench.shipments.straying import Alert, count_alerts, with_alert
from packbench.web.alert_words import STATES, warnings_of
from packbench.web.grid import end_of_day
from packbench.web.order_page import shipped_with
from packbench.web.rows import notice_state, shipment_state, store_code

PAGE = 100
WAITING = (Notice.Status.PENDING, Notice.Status.THROTTLED, Notice.Status.SENDING)
AT_HAND = (Status.PURCHASED, Status.PRINTED)
NOTICES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "waiting": (_("Amazon not told yet"), WAITING),
    "refused": (_("Amazon refused"), (Notice.Status.FAILED,)),
}
ALERTS = {
    "unscanned": Alert.NO_SCAN,
    "late": Alert.LATE,
    "trouble": Alert.EXCEPTION,
    "returned": Alert.RETURNED,
}
PARCELS: dict[str, Any] = {
    "here": _("Not handed over"),
    **{key: STATES[alert].word for key, alert in ALERTS.items()},
    "doubt": _("In doubt"),
}


def read(workspace: Workspace, params: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """One page of the list as the address asks for it."""
    text = params.get("q", "").replace("\x00", "").strip()[:60]
    notice = params.get("notice", "") if params.get("notice", "") in NOTICES else ""
    parcel = params.get("parcel", "") if params.get("parcel", "") in PARCELS else ""
    rows = _rows(workspace, text, params.get("after", ""), is_doubt=parcel == "doubt")
    page = list(_narrowed(rows, workspace, notice, parcel, now=now)[: PAGE + 1])
    words = {"q": text, "notice": notice, "parcel": parcel}
    counts = {} if params.get("after") else count_alerts(workspace, now=now)
    names: dict[tuple[str, str], str] = {}
    return {
        "shipments": [_line(row, names, now=now) for row in page[:PAGE]],
        "redacted": redacted(),
        "text": text,
        "chosen": notice,
        "parcel": parcel,
        "filters": _filters(text, notice, parcel, counts),
        "more_url": _url(**words, after=page[PAGE - 1].pk) if len(page) > PAGE else "",
    }


def today_by_carrier(workspace: Workspace, *, now: datetime) -> list[tuple[CarrierAccount, int]]:
    """How many of today's labels each carrier has not got yet."""
    counts = todays(workspace, now=now).values("carrier_account").annotate(count=Count("id"))
    by_account = {row["carrier_account"]: row["count"] for row in counts.order_by()}
    accounts = workspace.carrier_accounts.filter(pk__in=by_account).order_by("name")
    return [(account, by_account[account.pk]) for account in accounts]


def todays(workspace: Workspace, *, now: datetime) -> QuerySet[Shipment]:
    """Labels bought today, by the day of their marketplace, that are not handed over."""
    today = Q(pk__in=[])
    for store in workspace.stores.all():
        began = end_of_day(store, now=now) - timedelta(days=1)
        today |= Q(order__store=store, purchased_at__gt=began)
    return workspace.shipments.filter(today, status__in=AT_HAND)


def _rows(workspace: Workspace, text: str, after: str, *, is_doubt: bool) -> Any:
    """Labels that were bought; or else those of which nobody knows."""
    bought = [*LABELED, Status.VOIDED]
    rows = workspace.shipments.filter(status__in=bought, purchased_at__isnull=False)
    if is_doubt:
        rows = workspace.shipments.filter(status=Status.UNKNOWN)
    if text:
        along = Companion.objects.filter(order__external_id__iexact=text).values("shipment")
        rows = rows.filter(
            Q(tracking_number__istartswith=text)
            | Q(order__external_id__iexact=text)
            | Q(pk__in=along)
        )
    last = workspace.shipments.filter(pk=after).values_list("created_at", flat=True).first()
    if last:
        rows = rows.filter(created_at__lte=last).filter(Q(created_at__lt=last) | Q(pk__lt=after))
    return (
        rows.select_related("order__store", "carrier_account")
        .defer("order__recipient", "order__buyer", "order__packages")
        .prefetch_related("notices")
        .order_by("-created_at", "-pk")
    )


def _narrowed(rows: Any, workspace: Workspace, notice: str, parcel: str, *, now: datetime) -> Any:
    if notice:
        told = workspace.notices.filter(status__in=NOTICES[notice][1])
        rows = rows.filter(pk__in=told.values("shipment_id"))
    if parcel == "here":
        rows = rows.filter(status__in=AT_HAND)
    if parcel in ALERTS:
        rows = with_alert(rows, ALERTS[parcel], now=now)
    return rows


def _line(row: Shipment, names: dict[tuple[str, str], str], *, now: datetime) -> dict[str, Any]:
    notice = next(iter(row.notices.all()), None)
    return {
        "row": row,
        "store_code": store_code(row.order.store),
        "service": shipped_with(row, names),
        "state": shipment_state(row.status, row.problem),
        "warnings": warnings_of(row, now=now),
        "notice": notice_state(
            notice.status, notice.problem, notice.awaits_scan, notice.is_orphaned
        )
        if notice
        else None,
        "notice_code": (notice.problem or {}).get("code", "") if notice else "",
        "has_label": row.status in LABELED and not row.is_manual,
        "can_hand_over": row.status in AT_HAND,
    }


def _filters(
    text: str, notice: str, parcel: str, counts: Mapping[Alert, int]
) -> list[dict[str, Any]]:
    told = [
        {
            "word": word,
            "url": _url(q=text, notice=key),
            "is_on": key == notice and (bool(key) or not parcel),
        }
        for key, (word, _statuses) in NOTICES.items()
    ]
    parcels = [
        {
            "word": word,
            "url": _url(q=text, parcel=key),
            "is_on": key == parcel,
            "count": counts.get(ALERTS[key], 0) if key in ALERTS else 0,
        }
        for key, word in PARCELS.items()
    ]
    return told + parcels


def _url(**words: str) -> str:
    said = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('shipments')}?{said}" if said else reverse("shipments")
