"""The operations that we call, as Amazon's models state them; a test holds them together.

Rates are the defaults of the models; the answers announce what really applies.
"""

from dataclasses import dataclass
from string import Formatter

INVENTORY_AND_ORDERS = "Inventory and Order Tracking"
SELLING_PARTNER_INSIGHTS = "Selling Partner Insights"
PRODUCT_LISTING = "Product Listing"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `rate` in calls a second, `burst` in calls, for each account and application.

    `is_repeatable`: calling it twice leaves what calling it once leaves. `role` is what the
    application needs for any answer at all; `grant` is the kind of token it takes.
    """

    name: str
    method: str
    path: str
    rate: float
    burst: float
    model: str
    role: str
    query: tuple[str, ...] = ()
    body: str = ""
    grant: str = "refresh_token"
    is_repeatable: bool = True

    @property
    def path_names(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in Formatter().parse(self.path) if name)


GET_PARTICIPATIONS = Operation(
    name="getMarketplaceParticipations",
    method="GET",
    path="/sellers/v1/marketplaceParticipations",
    rate=0.016,
    burst=15,
    model="sellers.json",
    role=SELLING_PARTNER_INSIGHTS,
)

SEARCH_ORDERS = Operation(
    name="searchOrders",
    method="GET",
    path="/orders/2026-01-01/orders",
    rate=0.0056,
    burst=20,
    model="orders_2026-01-01.json",
    role=INVENTORY_AND_ORDERS,
    query=(
        "createdAfter",
        "createdBefore",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "fulfillmentStatuses",
        "marketplaceIds",
        "fulfilledBy",
        "maxResultsPerPage",
        "paginationToken",
        "includedData",
    ),
)

GET_ORDER = Operation(
    name="getOrder",
    method="GET",
    path="/orders/2026-01-01/orders/{orderId}",
    rate=0.5,
    burst=30,
    model="orders_2026-01-01.json",
    role=INVENTORY_AND_ORDERS,
    query=("includedData",),
)

# A POST that may be repeated: the same packageReferenceId edits the same package.
CONFIRM_SHIPMENT = Operation(
    name="confirmShipment",
    method="POST",
    path="/orders/v0/orders/{orderId}/shipmentConfirmation",
    rate=2,
    burst=10,
    model="ordersV0.json",
    role=INVENTORY_AND_ORDERS,
    body="payload",
)

SEARCH_LISTINGS = Operation(
    name="searchListingsItems",
    method="GET",
    path="/listings/2021-08-01/items/{sellerId}",
    rate=5,
    burst=5,
    model="listingsItems_2021-08-01.json",
    role=PRODUCT_LISTING,
    query=(
        "marketplaceIds",
        "issueLocale",
        "includedData",
        "identifiers",
        "identifiersType",
        "variationParentSku",
        "packageHierarchySku",
        "createdAfter",
        "createdBefore",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "withIssueSeverity",
        "withStatus",
        "withoutStatus",
        "sortBy",
        "sortOrder",
        "pageSize",
        "pageToken",
    ),
)

GET_LISTINGS_ITEM = Operation(
    name="getListingsItem",
    method="GET",
    path="/listings/2021-08-01/items/{sellerId}/{sku}",
    rate=5,
    burst=10,
    model="listingsItems_2021-08-01.json",
    role=PRODUCT_LISTING,
    query=("marketplaceIds", "issueLocale", "includedData"),
)

SEARCH_CATALOG_ITEMS = Operation(
    name="searchCatalogItems",
    method="GET",
    path="/catalog/2022-04-01/items",
    rate=2,
    burst=2,
    model="catalogItems_2022-04-01.json",
    role=PRODUCT_LISTING,
    query=(
        "identifiers",
        "identifiersType",
        "marketplaceIds",
        "includedData",
        "locale",
        "sellerId",
        "keywords",
        "brandNames",
        "classificationIds",
        "pageSize",
        "pageToken",
        "keywordsLocale",
    ),
)

# Which role they need depends on the type that is asked for; one that covers orders is enough.
GET_FEEDS = Operation(
    name="getFeeds",
    method="GET",
    path="/feeds/2021-06-30/feeds",
    rate=0.0222,
    burst=10,
    model="feeds_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    query=(
        "feedTypes",
        "marketplaceIds",
        "pageSize",
        "processingStatuses",
        "createdSince",
        "createdUntil",
        "nextToken",
    ),
)

CREATE_FEED_DOCUMENT = Operation(
    name="createFeedDocument",
    method="POST",
    path="/feeds/2021-06-30/documents",
    rate=0.5,
    burst=15,
    model="feeds_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
)

CREATE_FEED = Operation(
    name="createFeed",
    method="POST",
    path="/feeds/2021-06-30/feeds",
    rate=0.0083,
    burst=15,
    model="feeds_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
    is_repeatable=False,
)

GET_FEED = Operation(
    name="getFeed",
    method="GET",
    path="/feeds/2021-06-30/feeds/{feedId}",
    rate=2,
    burst=15,
    model="feeds_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
)

GET_FEED_DOCUMENT = Operation(
    name="getFeedDocument",
    method="GET",
    path="/feeds/2021-06-30/documents/{feedDocumentId}",
    rate=0.0222,
    burst=10,
    model="feeds_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    query=("enableContentEncodingUrlHeader",),
)

CREATE_REPORT = Operation(
    name="createReport",
    method="POST",
    path="/reports/2021-06-30/reports",
    rate=0.0167,
    burst=15,
    model="reports_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
    is_repeatable=False,
)

GET_REPORT = Operation(
    name="getReport",
    method="GET",
    path="/reports/2021-06-30/reports/{reportId}",
    rate=2,
    burst=15,
    model="reports_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
)

GET_REPORT_DOCUMENT = Operation(
    name="getReportDocument",
    method="GET",
    path="/reports/2021-06-30/documents/{reportDocumentId}",
    rate=0.0167,
    burst=15,
    model="reports_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    query=("enableContentEncodingUrlHeader",),
)

# Destinations belong to the application, not to a seller: they take a token of its own.
GRANTLESS = "client_credentials"

# What shows a recipient takes a token that is made for it, out of the seller's own.
RESTRICTED = "restricted_data_token"

CREATE_RESTRICTED_TOKEN = Operation(
    name="createRestrictedDataToken",
    method="POST",
    path="/tokens/2021-03-01/restrictedDataToken",
    rate=1,
    burst=10,
    model="tokens_2021-03-01.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
)

GET_DESTINATIONS = Operation(
    name="getDestinations",
    method="GET",
    path="/notifications/v1/destinations",
    rate=1,
    burst=5,
    model="notifications.json",
    role=INVENTORY_AND_ORDERS,
    grant=GRANTLESS,
)

# Repeatable: the same queue again is refused as being there, and then found in the list.
CREATE_DESTINATION = Operation(
    name="createDestination",
    method="POST",
    path="/notifications/v1/destinations",
    rate=1,
    burst=5,
    model="notifications.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
    grant=GRANTLESS,
)

GET_SUBSCRIPTION = Operation(
    name="getSubscription",
    method="GET",
    path="/notifications/v1/subscriptions/{notificationType}",
    rate=1,
    burst=5,
    model="notifications.json",
    role=INVENTORY_AND_ORDERS,
    query=("payloadVersion",),
)

CREATE_SUBSCRIPTION = Operation(
    name="createSubscription",
    method="POST",
    path="/notifications/v1/subscriptions/{notificationType}",
    rate=1,
    burst=5,
    model="notifications.json",
    role=INVENTORY_AND_ORDERS,
    body="body",
)

DELETE_SUBSCRIPTION = Operation(
    name="deleteSubscriptionById",
    method="DELETE",
    path="/notifications/v1/subscriptions/{notificationType}/{subscriptionId}",
    rate=1,
    burst=5,
    model="notifications.json",
    role=INVENTORY_AND_ORDERS,
    grant=GRANTLESS,
)

GET_REPORTS = Operation(
    name="getReports",
    method="GET",
    path="/reports/2021-06-30/reports",
    rate=0.0222,
    burst=10,
    model="reports_2021-06-30.json",
    role=INVENTORY_AND_ORDERS,
    query=(
        "reportTypes",
        "processingStatuses",
        "marketplaceIds",
        "pageSize",
        "createdSince",
        "createdUntil",
        "nextToken",
    ),
)

OPERATIONS = (
    GET_PARTICIPATIONS,
    SEARCH_ORDERS,
    GET_ORDER,
    CONFIRM_SHIPMENT,
    SEARCH_LISTINGS,
    GET_LISTINGS_ITEM,
    SEARCH_CATALOG_ITEMS,
    GET_FEEDS,
    CREATE_FEED_DOCUMENT,
    CREATE_FEED,
    GET_FEED,
    GET_FEED_DOCUMENT,
    CREATE_REPORT,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    GET_DESTINATIONS,
    CREATE_DESTINATION,
    GET_SUBSCRIPTION,
    CREATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
)
