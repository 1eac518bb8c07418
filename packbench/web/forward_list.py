"""What linked shops were told of each parcel, page by page, the latest first."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.shipments.models import Forward
from packbench.web.rows import State, store_code

PAGE = 100
Status = Forward.Status
SHOWN: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "waiting": (_("Waiting"), (Status.PENDING, Status.SENDING)),
    "refused": (_("Refused"), (Status.FAILED,)),
    "accepted": (_("Accepted"), (Status.ACCEPTED,)),
    "stopped": (_("Stopped"), (Status.STOPPED,)),
}
MARKS = {
    Status.PENDING: ("", "clock"),
    Status.SENDING: ("info", "notice"),
    Status.ACCEPTED: ("ok", "check"),
    Status.FAILED: ("bad", "error"),
    Status.STOPPED: ("", "hold"),
}


def read(workspace: Workspace, params: Mapping[str, str]) -> dict[str, Any]:
    """One page of the list as the address asks for it."""
    shown = params.get("show", "") if params.get("show", "") in SHOWN else ""
    rows = workspace.forwards.all()
    if SHOWN[shown][1]:
        rows = rows.filter(status__in=SHOWN[shown][1])
    last = workspace.forwards.filter(pk=params.get("after", "")).first()
    if last:
        at = last.created_at
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=last.pk))
    page = list(
        rows.select_related("order__store", "shipment", "link")
        .defer("order__recipient", "order__buyer", "order__packages", "link__secret")
        .order_by("-created_at", "-pk")[: PAGE + 1]
    )
    return {
        "forwards": [_line(row) for row in page[:PAGE]],
        "shown": shown,
        "has_links": workspace.store_links.exists(),
        "filters": [
            {"word": word, "url": _url(show=name), "is_on": name == shown}
            for name, (word, _statuses) in SHOWN.items()
        ],
        "more_url": _url(show=shown, after=page[PAGE - 1].pk) if len(page) > PAGE else "",
    }


def _line(row: Forward) -> dict[str, Any]:
    kind, icon = MARKS[Status(row.status)]
    return {
        "row": row,
        "state": State(kind, icon, row.get_status_display()),
        "store_code": store_code(row.order.store),
        "can_ask": row.status in (Status.PENDING, Status.FAILED, Status.STOPPED),
        "can_stop": row.status in (Status.PENDING, Status.FAILED),
    }


def _url(**words: str) -> str:
    said = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('forwards')}?{said}" if said else reverse("forwards")
