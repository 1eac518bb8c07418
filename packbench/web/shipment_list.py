"""The list of labels that were bought: searched, narrowed, page by page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.status import LABELED, Status
from packbench.web.order_page import service_name
from packbench.web.rows import notice_state, shipment_state, store_code

PAGE = 100
WAITING = (Notice.Status.PENDING, Notice.Status.THROTTLED, Notice.Status.SENDING)
NOTICES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "waiting": (_("Amazon not told yet"), WAITING),
    "refused": (_("Amazon refused"), (Notice.Status.FAILED,)),
}


def read(workspace: Workspace, params: Mapping[str, str]) -> dict[str, Any]:
    """One page of the list as the address asks for it."""
    text = params.get("q", "").replace("\x00", "").strip()[:60]
    chosen = params.get("notice", "") if params.get("notice", "") in NOTICES else ""
    rows = _rows(workspace, text, chosen, params.get("after", ""))
    page = list(rows[: PAGE + 1])
    accounts: dict[tuple[str, str], str] = {}
    return {
        "shipments": [_line(row, accounts) for row in page[:PAGE]],
        "text": text,
        "chosen": chosen,
        "filters": [
            {"word": word, "url": _url(q=text, notice=key), "is_on": key == chosen}
            for key, (word, _statuses) in NOTICES.items()
        ],
        "more_url": _url(q=text, notice=chosen, after=page[PAGE - 1].pk)
        if len(page) > PAGE
        else "",
    }


def _rows(workspace: Workspace, text: str, chosen: str, after: str) -> Any:
    bought = [*LABELED, Status.VOIDED]
    rows = workspace.shipments.filter(status__in=bought, purchased_at__isnull=False)
    if text:
        rows = rows.filter(
            Q(tracking_number__istartswith=text) | Q(order__external_id__iexact=text)
        )
    if chosen:
        told = workspace.notices.filter(status__in=NOTICES[chosen][1])
        rows = rows.filter(pk__in=told.values("shipment_id"))
    last = workspace.shipments.filter(pk=after).values_list("created_at", flat=True).first()
    if last:
        rows = rows.filter(created_at__lte=last).filter(Q(created_at__lt=last) | Q(pk__lt=after))
    return (
        rows.select_related("order__store", "carrier_account")
        .defer("order__recipient", "order__buyer", "order__packages")
        .prefetch_related("notices")
        .order_by("-created_at", "-pk")
    )


def _line(row: Shipment, accounts: dict[tuple[str, str], str]) -> dict[str, Any]:
    key = (row.carrier_account_id, row.service)
    if key not in accounts:
        accounts[key] = service_name(row.carrier_account, row.service)
    notice = next(iter(row.notices.all()), None)
    return {
        "row": row,
        "store_code": store_code(row.order.store),
        "service": accounts[key],
        "state": shipment_state(row.status, row.problem),
        "notice": notice_state(notice.status, notice.problem) if notice else None,
        "has_label": row.status in LABELED,
    }


def _url(**words: str) -> str:
    said = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('shipments')}?{said}" if said else reverse("shipments")
