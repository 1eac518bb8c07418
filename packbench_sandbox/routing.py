"""Which address means which operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packbench_sandbox import control, queueing
from packbench_sandbox.amazon import (
    browsing,
    cataloging,
    confirming,
    consenting,
    customizing,
    developing,
    feeding,
    lwa,
    merchant,
    notifying,
    reporting,
    searching,
    selling,
    shipping,
)
from packbench_sandbox.amazon.gate import Caller, admit
from packbench_sandbox.carrier import selling as carrier
from packbench_sandbox.carrier import tracking
from packbench_sandbox.easypost import manifesting
from packbench_sandbox.easypost import selling as easypost
from packbench_sandbox.sendcloud import selling as sendcloud
from packbench_sandbox.sendcloud import tracking as sendcloud_tracking
from packbench_sandbox.ups import selling as ups
from packbench_sandbox.ups import tracking as ups_tracking
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


def _own(method: str, path: str, operation: str, step: Step) -> Route:
    """An operation of the application itself: its token speaks for no seller."""

    def run(sandbox: Sandbox, request: Request, region: str, **names: str) -> Response:
        return step(request, sandbox.grants, **names)

    return _route(method, "/(?P<region>na|eu|fe)" + path, operation, run, is_spapi=True)


def _search(sandbox: Sandbox, request: Request, caller: Caller) -> Response:
    searching.refuse_data(request, sandbox.refused_data)
    found = searching.search_orders(request, caller, sandbox.world, withhold=sandbox.withhold)
    return customizing.with_links(found, sandbox)


def _get(sandbox: Sandbox, request: Request, caller: Caller, order_id: str) -> Response:
    searching.refuse_data(request, sandbox.refused_data)
    found = searching.get_order(request, caller, sandbox.world, order_id, withhold=sandbox.withhold)
    return customizing.with_links(found, sandbox)


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


_NOTES = "/notifications/v1"
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
    _route("GET", "/custom/{made}/t/{token}/{item_id}", "customization",
           lambda sandbox, request, **names: customizing.show_archive(sandbox, **names)),
    _spapi("GET", "/feeds/2021-06-30/feeds", "getFeeds",
           lambda sandbox, request, caller: feeding.get_feeds(request, caller, sandbox.world)),
    _spapi("POST", "/feeds/2021-06-30/feeds", "createFeed",
           lambda sandbox, request, caller: feeding.create_feed(request, caller, sandbox)),
    _spapi("GET", "/feeds/2021-06-30/feeds/{feed_id}", "getFeed",
           lambda sandbox, request, caller, feed_id: feeding.get_feed(
               caller, sandbox.world, feed_id)),
    _spapi("POST", "/feeds/2021-06-30/documents", "createFeedDocument",
           lambda sandbox, request, caller: feeding.create_document(
               request, caller, sandbox.world, url=sandbox.url)),
    _spapi("GET", "/feeds/2021-06-30/documents/{document_id}", "getFeedDocument",
           lambda sandbox, request, caller, document_id: feeding.get_document(
               caller, sandbox.world, document_id, url=sandbox.url)),
    _route("PUT", "/uploads/{document_id}", "uploadFeed",
           lambda sandbox, request, document_id: feeding.upload(
               request, sandbox.world, document_id)),
    _route("GET", "/feed-reports/{document_id}", "downloadFeedReport",
           lambda sandbox, request, document_id: feeding.download(sandbox.world, document_id)),
    _spapi("GET", "/reports/2021-06-30/reports", "getReports",
           lambda sandbox, request, caller: browsing.get_reports(request)),
    _spapi("POST", "/reports/2021-06-30/reports", "createReport",
           lambda sandbox, request, caller: reporting.create_report(
               request, caller, sandbox.world)),
    _spapi("GET", "/reports/2021-06-30/reports/{report_id}", "getReport",
           lambda sandbox, request, caller, report_id: reporting.get_report(
               caller, sandbox.world, report_id)),
    _spapi("GET", "/reports/2021-06-30/documents/{document_id}", "getReportDocument",
           lambda sandbox, request, caller, document_id: reporting.get_document(
               caller, sandbox.world, document_id, url=sandbox.url)),
    _route("GET", "/documents/{report_id}", "downloadDocument",
           lambda sandbox, request, report_id: reporting.download(sandbox.world, report_id)),
    _own("GET", _NOTES + "/destinations", "getDestinations", notifying.get_destinations),
    _own("POST", _NOTES + "/destinations", "createDestination", notifying.create_destination),
    _spapi("GET", _NOTES + "/subscriptions/{kind}", "getSubscription",
           lambda sandbox, request, caller, kind: notifying.get_subscription(
               caller, sandbox.world, kind)),
    _spapi("POST", _NOTES + "/subscriptions/{kind}", "createSubscription",
           lambda sandbox, request, caller, kind: notifying.create_subscription(
               request, caller, sandbox.world, kind)),
    _own("DELETE", _NOTES + "/subscriptions/{kind}/{subscription_id}", "deleteSubscriptionById",
         notifying.delete_subscription),
    _route("POST", "/sqs/{region}/", "callQueue", queueing.call),
    *[
        _spapi(method, "/shipping/v2/" + path, operation,
               lambda sandbox, request, caller, step=step, **names:
               step(request, caller, sandbox.world, **names))
        for method, path, operation, step in [
            ("POST", "shipments/rates", "getRates", shipping.get_rates),
            ("POST", "shipments", "purchaseShipment", shipping.purchase),
            ("GET", "shipments/additionalInputs/schema", "getAdditionalInputs",
             shipping.get_additional_inputs),
            ("PUT", "shipments/{shipment_id}/cancel", "cancelShipment", shipping.cancel),
            ("GET", "tracking", "getTracking", shipping.get_tracking),
            ("POST", "collectionForms", "generateCollectionForm", shipping.generate_form),
        ]
    ],
    *[
        _spapi(method, "/mfn/v0/" + path, operation,
               lambda sandbox, request, caller, step=step, **names:
               step(request, caller, sandbox.world, **names))
        for method, path, operation, step in [
            ("POST", "eligibleShippingServices", "getEligibleShipmentServices",
             merchant.get_services),
            ("POST", "shipments", "createShipment", merchant.create_shipment),
            ("DELETE", "shipments/{shipment_id}", "cancelMerchantShipment",
             merchant.cancel_shipment),
        ]
    ],
    _spapi("POST", "/tokens/2021-03-01/restrictedDataToken", "createRestrictedDataToken",
           lambda sandbox, request, caller: merchant.create_restricted_token(request, caller)),
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

_EASYPOST_STEPS: list[tuple[str, str, str, Step]] = [
        ("POST", "v2/shipments", "easypost.create",
         lambda sandbox, request: easypost.create_shipment(
             request, sandbox.world, base=sandbox.url)),
        ("POST", "v2/shipments/{shipment_id}/buy", "easypost.buy",
         lambda sandbox, request, shipment_id: easypost.buy(
             request, sandbox.world, shipment_id, base=sandbox.url)),
        ("GET", "v2/shipments/{shipment_id}", "easypost.show",
         lambda sandbox, request, shipment_id: easypost.show_shipment(
             request, sandbox.world, shipment_id, commit_lag=sandbox.commit_lag,
             base=sandbox.url)),
        ("POST", "v2/shipments/{shipment_id}/refund", "easypost.refund",
         lambda sandbox, request, shipment_id: easypost.refund(
             request, sandbox.world, shipment_id, base=sandbox.url)),
        ("GET", "v2/trackers/{tracker_id}", "easypost.track",
         lambda sandbox, request, tracker_id: easypost.show_tracker(
             request, sandbox.world, tracker_id)),
        ("POST", "v2/scan_forms", "easypost.form",
         lambda sandbox, request: manifesting.create_form(
             request, sandbox.world, commit_lag=sandbox.commit_lag, base=sandbox.url)),
        ("GET", "v2/scan_forms/{form_id}", "easypost.showForm",
         lambda sandbox, request, form_id: manifesting.show_form(
             request, sandbox.world, form_id, commit_lag=sandbox.commit_lag, base=sandbox.url)),
        ("GET", "forms/{form_id}.pdf", "easypost.formFile",
         lambda sandbox, request, form_id: manifesting.show_document(sandbox.world, form_id)),
        ("GET", "labels/{shipment_id}.pdf", "easypost.label",
         lambda sandbox, request, shipment_id: easypost.show_label(sandbox.world, shipment_id)),
]  # fmt: skip
_EASYPOST = [
    _route(method, "/easypost/" + path, operation, step)
    for method, path, operation, step in _EASYPOST_STEPS
]

_SENDCLOUD_STEPS: list[tuple[str, str, str, Step]] = [
        ("POST", "shipping-options", "sendcloud.options",
         lambda sandbox, request: sendcloud.list_options(request, sandbox.world)),
        ("POST", "shipments/announce", "sendcloud.announce",
         lambda sandbox, request: sendcloud.announce(
             request, sandbox.world, base=sandbox.url)),
        ("GET", "shipments", "sendcloud.find",
         lambda sandbox, request: sendcloud.list_shipments(
             request, sandbox.world, commit_lag=sandbox.commit_lag, base=sandbox.url)),
        ("GET", "shipments/{shipment_id}", "sendcloud.show",
         lambda sandbox, request, shipment_id: sendcloud.show_shipment(
             request, sandbox.world, shipment_id, base=sandbox.url)),
        ("POST", "shipments/{shipment_id}/cancel", "sendcloud.cancel",
         lambda sandbox, request, shipment_id: sendcloud.cancel(
             request, sandbox.world, shipment_id)),
        ("GET", "parcels/(?P<parcel_id>[0-9]+)/documents/{kind}", "sendcloud.document",
         lambda sandbox, request, parcel_id, kind: sendcloud.show_document(
             request, sandbox.world, parcel_id, kind)),
        ("GET", "parcels/tracking/{number}", "sendcloud.track",
         lambda sandbox, request, number: sendcloud_tracking.show_tracking(
             request, sandbox.world, number, commit_lag=sandbox.commit_lag)),
]  # fmt: skip
_SENDCLOUD = [
    _route(method, "/sendcloud/api/v3/" + path, operation, step)
    for method, path, operation, step in _SENDCLOUD_STEPS
]

_UPS_STEPS: list[tuple[str, str, str, Step]] = [
        ("POST", "security/v1/oauth/token", "ups.token",
         lambda sandbox, request, host: ups.sign_in(request, host)),
        ("POST", "api/rating/{version}/{option}", "ups.rate", _carrier(ups.rate)),
        ("POST", "api/shipments/{version}/ship", "ups.ship", _carrier(ups.ship)),
        ("DELETE", "api/shipments/{version}/void/cancel/{shipment_id}", "ups.void",
         _carrier(ups.void)),
        ("GET", "api/track/v1/details/{number}", "ups.track",
         _carrier(ups_tracking.show_tracking)),
]  # fmt: skip
_UPS = [
    _route(method, "/karrio/(?P<host>[a-z.]+ups[.]com)/" + path, operation, step)
    for method, path, operation, step in _UPS_STEPS
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
        ("POST", "links/expire", control.expire_links),
        ("POST", "parcels/{tracking_number}", control.move_parcel),
        ("POST", "orders", control.create_order),
        ("GET", "orders", control.list_orders),
        ("GET", "orders/{order_id}", control.show_order),
        (
            "POST",
            "orders/{order_id}/(?P<change>cancel|request-cancel|change-address|hide|announce)",
            control.change_order,
        ),
    ]
]

ROUTES = [*_AMAZON, *_CARRIER, *_EASYPOST, *_SENDCLOUD, *_UPS, *_CONTROL]
