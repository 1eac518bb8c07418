"""Orders API 2026-01-01: searchOrders and getOrder."""

from __future__ import annotations

from dataclasses import dataclass

from packbench_sandbox.amazon import paging
from packbench_sandbox.amazon.gate import Caller, denied
from packbench_sandbox.amazon.viewing import INCLUDABLE, View, opens_addresses, opens_taxes, view
from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.wire import Request, Response, answer, invalid, refuse
from packbench_sandbox.world.orders import VISIBLE_AFTER, Order, State
from packbench_sandbox.world.world import World

STATUSES = [
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
]
_FAMILIES = ("created", "lastUpdated")


@dataclass(frozen=True)
class Search:
    """What was asked, checked. `family` says which of the two times is searched and sorted."""

    family: str
    after: float
    before: float
    marketplaces: frozenset[str]
    statuses: frozenset[str]
    fulfilled_by: frozenset[str]
    page_size: int
    start: paging.Place | None


def search_orders(request: Request, caller: Caller, world: World, *, withhold: str) -> Response:
    """Orders as they were two minutes ago, sorted by the time that is searched.

    A page starts after a place in that order, not at a count: orders that change while a client
    turns the pages are neither skipped nor doubled, they come again in a later search.
    """
    now = world.clock.now()
    included = _included(request, caller, withhold)
    search = _parse(request, caller, now=now)
    hidden = {entry["order_id"] for entry in world.ledger.entries("order.hidden")}
    shown = world.orders_of(caller.seller.id)
    if hidden:
        shown = {order_id: order for order_id, order in shown.items() if order_id not in hidden}
    hits = _find(search, shown, moment=now - VISIBLE_AFTER)
    chosen = hits[: search.page_size]
    body: View = {
        "orders": [
            _show(order, caller, included, moment=now - VISIBLE_AFTER, now=now)
            for _, order in chosen
        ],
        f"{search.family}Before": iso(search.before),
    }
    if len(hits) > len(chosen):
        place = paging.Place(*chosen[-1][0], before=search.before)
        asked = _fingerprint(request, caller)
        body["pagination"] = {"nextToken": paging.make_token(place, asked, now=now)}
    return answer(body)


def get_order(
    request: Request, caller: Caller, world: World, order_id: str, *, withhold: str
) -> Response:
    """One order as it is now; unlike searches, getOrder lags behind nothing."""
    included = _included(request, caller, withhold)
    now = world.clock.now()
    order = world.orders_of(caller.seller.id).get(order_id)
    if order is None or order.updated_at(now) is None:
        raise refuse(404, "NotFound", f"Order {order_id} was not found.")
    return answer({"order": _show(order, caller, included, moment=now, now=now)})


def refuse_data(request: Request, refused: dict[str, bool]) -> None:
    """Refuse data sets that are out of order at present, some in words that name them."""
    for name in _values(request, "includedData"):
        if name in refused:
            about = f" '{name}'" if refused[name] else ""
            raise invalid(f"includedData holds the invalid value{about}.")


def _show(order: Order, caller: Caller, included: set[str], *, moment: float, now: float) -> View:
    state = order.state(moment) or State()
    return view(order, state, included=included, roles=caller.roles, now=now)


def _find(
    search: Search, orders: dict[str, Order], *, moment: float
) -> list[tuple[tuple[float, str], Order]]:
    hits = []
    for order in orders.values():
        updated_at = order.updated_at(moment)
        if updated_at is None:
            continue
        time = order.created_at if search.family == "created" else updated_at
        key = (round(time, 3), order.id)
        is_due = search.after <= time <= search.before
        is_ahead = search.start is None or key > search.start.key
        if is_due and is_ahead and _fits(search, order, moment):
            hits.append((key, order))
    return sorted(hits, key=lambda hit: hit[0])


def _fits(search: Search, order: Order, moment: float) -> bool:
    if search.marketplaces and order.marketplace_id not in search.marketplaces:
        return False
    if search.fulfilled_by and order.body["fulfillment"]["fulfilledBy"] not in search.fulfilled_by:
        return False
    state = order.state(moment) if search.statuses else None
    return state is None or state.status in search.statuses


def _parse(request: Request, caller: Caller, *, now: float) -> Search:
    family, after, before = _times(request, now=now)
    marketplaces = _values(request, "marketplaceIds")
    if len(marketplaces) > 50:
        raise invalid("marketplaceIds may not hold more than 50 values.")
    if any(not caller.seller.participates_in(value) for value in marketplaces):
        raise denied()
    start = _start(request, caller, now=now)
    return Search(
        family,
        after,
        start.before if start else before,
        frozenset(marketplaces),
        frozenset(_known_values(request, "fulfillmentStatuses", STATUSES)),
        frozenset(_known_values(request, "fulfilledBy", ["MERCHANT", "AMAZON"])),
        _page_size(request),
        start,
    )


def _times(request: Request, *, now: float) -> tuple[str, float, float]:
    used = [f for f in _FAMILIES if request.first(f + "After") or request.first(f + "Before")]
    if len(used) > 1:
        raise invalid("Provide either createdAfter or lastUpdatedAfter, not both.")
    if not used or not request.first(used[0] + "After"):
        raise invalid("Exactly one of createdAfter and lastUpdatedAfter must be provided.")
    family = used[0]
    after = _time(request, family + "After")
    latest = now - VISIBLE_AFTER
    if after > now:
        raise invalid(f"{family}After must not be in the future.")
    if not request.first(family + "Before"):
        return family, after, latest
    before = _time(request, family + "Before")
    if before > latest:
        raise invalid(f"{family}Before must be at least two minutes before the request.")
    if before < after:
        raise invalid(f"{family}Before must be equal to or after {family}After.")
    return family, after, before


def _time(request: Request, name: str) -> float:
    try:
        return parse_iso(request.first(name))
    except ValueError as error:
        raise invalid(f"{name} must be a date and time in ISO 8601 format.") from error


def _start(request: Request, caller: Caller, *, now: float) -> paging.Place | None:
    token = request.first("paginationToken")
    if not token:
        return None
    try:
        return paging.read_token(token, _fingerprint(request, caller), now=now)
    except ValueError as error:
        raise invalid(str(error)) from error


def _page_size(request: Request) -> int:
    text = request.first("maxResultsPerPage", "100")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("maxResultsPerPage must be a number between 1 and 100.")
    return int(text)


def _included(request: Request, caller: Caller, withhold: str) -> set[str]:
    included = set(_known_values(request, "includedData", INCLUDABLE))
    restricted = included & {"BUYER", "RECIPIENT"}
    if withhold == "refuse" and restricted and not opens_addresses(caller.roles):
        raise denied()
    if withhold == "refuse" and "TAX" in included and not opens_taxes(caller.roles):
        raise denied()
    return included


def _known_values(request: Request, name: str, known: list[str]) -> list[str]:
    values = _values(request, name)
    unknown = [value for value in values if value not in known]
    if unknown:
        raise invalid(f"{name} holds the invalid value '{unknown[0]}'.")
    return values


def _values(request: Request, name: str) -> list[str]:
    """A list, written with commas as documented or by repeating the parameter."""
    texts = request.query.get(name, [])
    return [value for text in texts for value in text.split(",") if value]


def _fingerprint(request: Request, caller: Caller) -> str:
    """What must stay the same while turning pages; page size and data may change."""
    names = [f + side for f in _FAMILIES for side in ("After", "Before")]
    names += ["fulfillmentStatuses", "marketplaceIds", "fulfilledBy"]
    facts = [f"{name}={','.join(sorted(_values(request, name)))}" for name in names]
    return "&".join([caller.seller.id, *facts])
