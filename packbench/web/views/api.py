"""The API: orders as JSON. Who bought is said to keys of that scope only, and recorded."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from packbench.accounts.models import ApiKey
from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.orders.sealing import place_of
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.privacy.sealing import Unreadable
from packbench.web.api_door import ApiRequest, answer, api_page, problem

MOST = 200
PAGE = 50
SHOWN = ["recipient", "buyer"]


@require_GET
@api_page(ApiKey.Scope.ORDERS)
def orders(request: ApiRequest) -> HttpResponse:
    """A page of orders, by id. `status`, `limit` (1 to 200) and `after` choose."""
    limit, status = request.GET.get("limit", str(PAGE)), request.GET.get("status", "")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST):
        return problem(400, "Bad limit", f"limit is a number from 1 to {MOST}.")
    if status and status not in Status.values:
        return problem(400, "Bad status", f"status is one of {', '.join(Status.values)}.")
    after = request.GET.get("after", "")[:32].replace("\0", "")
    found = request.workspace.orders.filter(pk__gt=after).order_by("pk")
    if status:
        found = found.filter(status=status)
    rows = list(
        found.select_related("store", "key__parent").prefetch_related("items")[: int(limit) + 1]
    )
    page, more = rows[: int(limit)], len(rows) > int(limit)
    body: dict[str, Any] = {"orders": [_order(row) for row in page]}
    if ApiKey.Scope.BUYERS in request.api_key.scopes:
        _add_buyers(request, page, body["orders"])
    body["next"] = page[-1].pk if more else None
    return answer(body)


def _order(row: Order) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.external_id,
        "store_id": row.store_id,
        "store": row.store.name,
        "status": row.status,
        "placed_at": row.placed_at.isoformat(),
        "ship_by_at": row.ship_by_at.isoformat() if row.ship_by_at else None,
        "erased": row.erased_at is not None,
        "ship_to": {
            "city": row.ship_to_city,
            "state": row.ship_to_state,
            "postal_code": row.ship_to_postal_code,
            "country": row.ship_to_country,
        },
        "items": [
            {"sku": item.sku, "title": item.title, "quantity": item.quantity}
            for item in sorted(row.items.all(), key=lambda item: item.position)
        ],
    }


def _add_buyers(request: ApiRequest, rows: list[Order], said: list[dict[str, Any]]) -> None:
    """Say who bought and where it goes; each of these orders counts as looked at."""
    shown = []
    for row, body in zip(rows, said, strict=True):
        body["recipient"], body["buyer"] = None, None
        key = opened_if_alive(row.key)
        if row.erased_at or key is None:
            continue
        place = place_of(row, key)
        try:
            buyer = reveal(row, "buyer", row.key)
        except Unreadable:
            buyer = None
        if place:
            names = ("name", "company", "line1", "line2", "line3", "phone")
            body["recipient"] = {name: getattr(place, name) for name in names}
        if buyer:
            body["buyer"] = {"name": buyer.name, "email": buyer.email}
        shown.append(row.pk)
    record_disclosure(
        request.workspace.pk, shown, SHOWN, actor=request.api_key.pk, reason="api", now=clock.now()
    )
