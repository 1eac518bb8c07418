"""Reports API 2021-06-30: reports of all orders, asked for, made in a while, downloaded."""

from __future__ import annotations

import gzip
from typing import Any

from packbench_sandbox.amazon.gate import Caller, denied
from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Request, Response, answer, invalid, refuse
from packbench_sandbox.world.marketplaces import MARKETPLACES
from packbench_sandbox.world.orders import DAY, Order, State
from packbench_sandbox.world.world import World

BY_ORDER = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
MADE_AFTER = 45.0  # seconds that Amazon takes
OLD_BY = 900.0  # a report is this much older than its making: Amazon refreshes them now and then
LONGEST = 30 * DAY + 60
COLUMNS = (
    *("amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date"),
    *("order-status", "fulfillment-channel", "sales-channel", "ship-service-level"),
    *("product-name", "sku", "asin", "item-status", "quantity", "ship-city", "ship-state"),
    *("ship-postal-code", "ship-country", "is-business-order"),
)
_STATUSES = {
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
    "PENDING": "Pending",
    "PENDING_AVAILABILITY": "Pending",
    "UNFULFILLABLE": "Unshippable",
}


def create_report(request: Request, caller: Caller, world: World) -> Response:
    """`POST /reports/2021-06-30/reports`: written down, and made a moment later."""
    facts = request.json()
    if not isinstance(facts, dict) or facts.get("reportType") not in (BY_ORDER, BY_UPDATE):
        raise invalid("reportType is missing or not supported here.")
    markets = facts.get("marketplaceIds") or []
    if not 1 <= len(markets) <= 25:
        raise invalid("marketplaceIds must hold 1 to 25 values.")
    if any(not caller.seller.participates_in(market) for market in markets):
        raise denied()
    since, until = _span(facts, world.clock.now())
    entry = world.ledger.append(
        "report.asked",
        at=world.clock.now(),
        seller_id=caller.seller.id,
        report_type=facts["reportType"],
        marketplaces=markets,
        since=since,
        until=until,
    )
    return answer({"reportId": _id(entry)}, 202)


def get_report(caller: Caller, world: World, report_id: str) -> Response:
    """`GET /reports/2021-06-30/reports/{reportId}`."""
    entry = _find(caller, world, report_id)
    facts: dict[str, Any] = {
        "reportId": report_id,
        "reportType": entry["report_type"],
        "marketplaceIds": entry["marketplaces"],
        "dataStartTime": iso(entry["since"]),
        "dataEndTime": iso(entry["until"]),
        "createdTime": iso(entry["at"]),
    }
    if world.clock.now() < entry["at"] + MADE_AFTER:
        return answer({**facts, "processingStatus": "IN_PROGRESS"})
    if not _orders(entry, world):
        return answer({**facts, "processingStatus": "CANCELLED"})
    done = {"processingStatus": "DONE", "reportDocumentId": f"amzn1.spdoc.{report_id}"}
    return answer({**facts, **done})


def get_document(caller: Caller, world: World, document_id: str, *, url: str) -> Response:
    """`GET /reports/2021-06-30/documents/{reportDocumentId}`: where to download it."""
    report_id = document_id.removeprefix("amzn1.spdoc.")
    _find(caller, world, report_id)
    body = {
        "reportDocumentId": document_id,
        "url": f"{url}/documents/{report_id}",
        "compressionAlgorithm": "GZIP",
    }
    return answer(body)


def download(world: World, report_id: str) -> Response:
    """The file itself, as its marketplaces write it. No token is asked for."""
    found = [each for each in world.ledger.entries("report.asked") if _id(each) == report_id]
    if not found:
        raise refuse(404, "NotFound", "There is no such document.")
    charset = "cp932" if _is_japanese(found[0]) else "cp1252"
    rows = ["\t".join(COLUMNS)]
    rows += [row for order, state in _orders(found[0], world) for row in _rows(order, state)]
    content = "\r\n".join(rows).encode(charset, "replace")
    return Response(200, gzip.compress(content, 1), f"text/plain;charset={charset}")


def _span(facts: dict[str, Any], now: float) -> tuple[float, float]:
    try:
        since = parse_iso(facts["dataStartTime"])
        until = parse_iso(facts.get("dataEndTime") or iso(now))
    except (KeyError, ValueError) as error:
        raise invalid("dataStartTime and dataEndTime must be times in ISO 8601.") from error
    if not since <= until <= now + 1:
        raise invalid("dataEndTime must not be before dataStartTime or in the future.")
    if until - since > LONGEST:
        raise invalid("The report covers at most 30 days.")
    return since, until


def _find(caller: Caller, world: World, report_id: str) -> Entry:
    for entry in world.ledger.entries("report.asked", seller_id=caller.seller.id):
        if _id(entry) == report_id:
            return entry
    raise refuse(404, "NotFound", f"Report {report_id} was not found.")


def _id(entry: Entry) -> str:
    return f"{50000000000 + entry['number']}"


def _orders(entry: Entry, world: World) -> list[tuple[Order, State]]:
    """The orders of the report, as they were when it was refreshed last."""
    moment = entry["at"] - OLD_BY
    found = []
    for order in world.orders_of(entry["seller_id"]).values():
        state = order.state(moment)
        if state is None or order.marketplace_id not in entry["marketplaces"]:
            continue
        at = order.created_at if entry["report_type"] == BY_ORDER else state.updated_at
        if entry["since"] <= at <= entry["until"]:
            found.append((order, state))
    return found


def _rows(order: Order, state: State) -> list[str]:
    """A row for each item. No names and streets: this report needs no restricted role."""
    address = (order.body.get("recipient") or {}).get("deliveryAddress", {})
    channel = order.body["salesChannel"]
    is_amazon = channel["channelName"] == "AMAZON"
    market = MARKETPLACES[order.marketplace_id]
    common = {
        "amazon-order-id": order.id,
        "purchase-date": iso(order.created_at),
        "last-updated-date": iso(state.updated_at),
        "order-status": _STATUSES[state.status],
        "fulfillment-channel": "Merchant" if order.is_merchant_fulfilled else "Amazon",
        "sales-channel": market.domain.capitalize() if is_amazon else "Non-Amazon",
        "ship-city": address.get("city", ""),
        "ship-state": address.get("stateOrRegion", ""),
        "ship-postal-code": address.get("postalCode", ""),
        "ship-country": address.get("countryCode", ""),
    }
    rows = []
    for item in order.body["orderItems"]:
        product = item["product"]
        cells = common | {
            "product-name": product.get("title", ""),
            "sku": product.get("sellerSku", ""),
            "asin": product.get("asin", ""),
            "quantity": str(item["quantityOrdered"]),
        }
        rows.append("\t".join(_plain(cells.get(name, "")) for name in COLUMNS))
    return rows


def _plain(text: str) -> str:
    return " ".join(text.split())


def _is_japanese(entry: Entry) -> bool:
    return any(MARKETPLACES[each].country == "JP" for each in entry["marketplaces"])
