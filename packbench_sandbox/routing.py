"""Which address means which operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packbench_sandbox import control
from packbench_sandbox.amazon import (
    browsing,
    cataloging,
    confirming,
    consenting,
    developing,
    lwa,
    searching,
    selling,
)
from packbench_sandbox.amazon.gate import Caller, admit
from packbench_sandbox.carrier import selling as carrier
from packbench_sandbox.carrier import tracking
from packbench_sandbox.wire import Request, Response

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

Step = Callable[..., Response]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    operation: str
    step: Step
    is_spapi: bool = False


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    return None


def _route(method: str, path: str, operation: str, step: Step, **rest: Any) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, re.compile(pattern), operation, step, **rest)


def _spapi(method: str, path: str, operation: str, step: Step) -> Route:
    """An operation of the Selling Partner API, behind the gate of its region."""

    def run(sandbox: Sandbox, request: Request, region: str, **names: str) -> Response:
        caller = admit(
            request,
            region=region.upper(),
            operation=operation,
            grants=sandbox.grants,
            throttle=sandbox.throttle,
        )
        return step(sandbox, request, caller, **names)

    return _route(method, "/(?P<region>na|eu|fe)" + path, operation, run, is_spapi=True)


def _search(sandbox: Sandbox, request: Request, caller: Caller) -> Response:
    return searching.search_orders(request, caller, sandbox.world, withhold=sandbox.withhold)


def _get(sandbox: Sandbox, request: Request, caller: Caller, order_id: str) -> Response:
    return searching.get_order(request, caller, sandbox.world, order_id, withhold=sandbox.withhold)


def _confirm(sandbox: Sandbox, request: Request, caller: Caller, order_id: str) -> Response:
    return confirming.confirm_shipment(request, caller, sandbox.world, order_id)


def _find_labels(sandbox: Sandbox, request: Request) -> Response:
    return carrier.find_labels(request, sandbox.world, commit_lag=sandbox.commit_lag)


def _track(sandbox: Sandbox, request: Request, tracking_number: str) -> Response:
    return tracking.show_tracking(
        request, sandbox.world, tracking_number, commit_lag=sandbox.commit_lag
    )


def _page(step: Step) -> Step:
    return lambda sandbox, request, **names: step(request, sandbox.grants, **names)


def _carrier(step: Step) -> Step:
    return lambda sandbox, request, **names: step(request, sandbox.world, **names)


_V2026, _V0, _LABELS = "/orders/2026-01-01/orders", "/orders/v0/orders", "/carrier/v1/labels"
_CONSENT, _APPS = ("/sellercentral/{country}/apps/" + name for name in
                   ("authorize/consent", "manage"))  # fmt: skip
_CONSOLE, _TOKEN = ("/sellercentral/{country}/" + name for name in
                    ("sellingpartner/developerconsole",
                     "sw/AccountInfo/MerchantToken/step/MerchantToken"))  # fmt: skip

_AMAZON = [
    _spapi("GET", _V2026, "searchOrders", _search),
    _spapi("GET", _V2026 + "/{order_id}", "getOrder", _get),
    _spapi("POST", _V0 + "/{order_id}/shipmentConfirmation", "confirmShipment", _confirm),
    _spapi("GET", "/sellers/v1/marketplaceParticipations", "getMarketplaceParticipations",
           lambda sandbox, request, caller: selling.get_participations(caller)),
    _spapi("GET", "/sellers/v1/account", "getAccount",
           lambda sandbox, request, caller: selling.get_account(caller)),
    _spapi("GET", "/listings/2021-08-01/items/{seller_id}", "searchListingsItems",
           lambda sandbox, request, caller, seller_id:
           cataloging.search_listings(request, caller, sandbox, seller_id)),
    _spapi("GET", "/listings/2021-08-01/items/{seller_id}/{sku}", "getListingsItem",
           lambda sandbox, request, caller, seller_id, sku:
           cataloging.get_listing(request, caller, sandbox, seller_id, sku)),
    _spapi("GET", "/catalog/2022-04-01/items", "searchCatalogItems",
           lambda sandbox, request, caller:
           cataloging.search_catalog(request, caller, sandbox)),
    _route("GET", "/sellercentral/{country}/abis/listing/edit", "editListing",
           lambda sandbox, request, country: cataloging.show_editor(request, country)),
    _route("GET", "/images/I/{name}", "image",
           lambda sandbox, request, name: cataloging.show_image(name)),
    _spapi("GET", "/feeds/2021-06-30/feeds", "getFeeds",
           lambda sandbox, request, caller: browsing.get_feeds(request)),
    _spapi("GET", "/reports/2021-06-30/reports", "getReports",
           lambda sandbox, request, caller: browsing.get_reports(request)),
    _route("POST", "/auth/o2/token", "token", _page(lwa.issue_token)),
    _route("GET", _CONSENT, "consent", _page(consenting.show_consent)),
    _route("POST", _CONSENT, "consent", _page(consenting.decide_consent)),
    _route("GET", _APPS, "manageApps", _page(consenting.show_apps)),
    _route("POST", _APPS, "manageApps", _page(consenting.change_apps)),
    _route("GET", "/portal", "portal", _page(developing.show_portal)),
    _route("POST", "/portal", "portal", _page(developing.change_application)),
    _route("GET", _CONSOLE, "portal", _page(developing.show_portal)),
    _route("POST", _CONSOLE, "portal", _page(developing.change_application)),
    _route("GET", _TOKEN, "merchantToken", _page(developing.show_seller_ids)),
]  # fmt: skip

_CARRIER = [
    _route("POST", _LABELS, "buyLabel", _carrier(carrier.buy_label)),
    _route("GET", _LABELS, "findLabels", _find_labels),
    _route("GET", "/carrier/v1/tracking/{tracking_number}", "trackParcel", _track),
    _route("GET", _LABELS + "/{label_id}", "showLabel", _carrier(carrier.show_label)),
    _route("POST", _LABELS + "/{label_id}/void", "voidLabel", _carrier(carrier.void_label)),
]

_CONTROL = [
    _route(method, "/_sandbox/" + path, "control", control.guarded(step))
    for method, path, step in [
        ("GET", "", control.summary),
        ("GET", "stats", control.show_stats),
        ("GET", "ledger", control.show_ledger),
        ("POST", "clock", control.set_clock),
        ("POST", "faults", control.arm_fault),
        ("DELETE", "faults", control.clear_faults),
        ("POST", "rates", control.set_rates),
        ("POST", "settings", control.set_settings),
        ("GET", "sellers", control.show_sellers),
        ("GET", "app", control.show_app),
        ("POST", "app", control.change_app),
        ("POST", "app/redirect-uris", control.register_redirect_uri),
        ("POST", "authorizations", control.authorize),
        ("POST", "authorizations/revoke", control.revoke),
        ("POST", "authorizations/renew", control.renew),
        ("POST", "app/rotate-secret", control.rotate_secret),
        ("POST", "roles", control.set_roles),
        ("POST", "parcels/{tracking_number}", control.move_parcel),
        ("POST", "orders", control.create_order),
        ("GET", "orders", control.list_orders),
        ("GET", "orders/{order_id}", control.show_order),
        (
            "POST",
            "orders/{order_id}/(?P<change>cancel|request-cancel|change-address)",
            control.change_order,
        ),
    ]
]

ROUTES = [*_AMAZON, *_CARRIER, *_CONTROL]
