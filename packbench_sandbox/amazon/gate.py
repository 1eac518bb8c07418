"""The way into the Selling Partner API: who calls, for whom, in which region, how often."""

from __future__ import annotations

from dataclasses import dataclass

from packbench_sandbox.amazon.granting import Access, BadToken, Grants
from packbench_sandbox.throttling import Throttle
from packbench_sandbox.wire import Refusal, Request, refuse
from packbench_sandbox.world.sellers import INSIGHTS, LISTING, ROLES, TRACKING, Seller

DENIED = "Access to requested resource is denied."
# Any of them opens the operation. What a feed or a report is about decides which one it needs.
_SOME = frozenset(ROLES) - {INSIGHTS}
NEEDED_ROLES = {
    "searchOrders": frozenset({TRACKING}),
    "getOrder": frozenset({TRACKING}),
    "confirmShipment": frozenset({TRACKING}),
    "getMarketplaceParticipations": frozenset({INSIGHTS}),
    "searchListingsItems": frozenset({LISTING}),
    "getListingsItem": frozenset({LISTING}),
    "searchCatalogItems": frozenset({LISTING}),
    "getFeeds": _SOME,
    "createFeedDocument": frozenset({TRACKING}),
    "createFeed": frozenset({TRACKING}),
    "getFeed": frozenset({TRACKING}),
    "getFeedDocument": frozenset({TRACKING}),
    "getReports": _SOME,
    "createReport": frozenset({TRACKING}),
    "getReport": frozenset({TRACKING}),
    "getReportDocument": frozenset({TRACKING}),
    "getSubscription": frozenset({TRACKING}),
    "createSubscription": frozenset({TRACKING}),
}


@dataclass(frozen=True)
class Caller:
    """An application that acts for a seller, with the roles it has there."""

    seller: Seller
    client_id: str
    roles: frozenset[str]


class Throttled(Refusal):
    """Refused for coming too fast; counted apart."""


def denied(details: str = "") -> Refusal:
    return refuse(403, "Unauthorized", DENIED, details)


def throttled() -> Throttled:
    message = "You exceeded your quota for the requested resource."
    return Throttled(refuse(429, "QuotaExceeded", message).response)


def admit(
    request: Request, *, region: str, operation: str, grants: Grants, throttle: Throttle
) -> Caller:
    """Let a call in, or refuse it as Amazon would: 403, or 429 once it is known who calls."""
    if not request.headers.get("user-agent"):
        raise denied("The User-Agent header is missing.")
    access = _check_token(request, grants)
    seller = grants.world.sellers.get(access.seller_id or "")
    if seller is None or seller.region != region:
        raise denied()
    roles = grants.roles(seller.id, access.client_id)
    if operation in NEEDED_ROLES and not NEEDED_ROLES[operation] & roles:
        raise denied()
    now = grants.world.clock.now()
    if not throttle.allow(seller.id, access.client_id, operation, now=now):
        raise throttled()
    return Caller(seller, access.client_id, roles)


def _check_token(request: Request, grants: Grants) -> Access:
    token = request.headers.get("x-amz-access-token", "")
    if not token:
        raise denied("The access token is missing from the request.")
    try:
        return grants.check(token)
    except BadToken as error:
        raise denied(str(error)) from error
