"""Amazon as a channel: orders in, confirmations out."""

from collections.abc import Callable, Sequence
from datetime import datetime

import httpx
from msgspec.structs import replace

from packbench.channels.base import (
    Buckets,
    ChannelOrder,
    ChannelProduct,
    Confirmation,
    Credentials,
    Feed,
    FeedReport,
    ListedOrder,
    OrdersPage,
    OrdersQuery,
    Participation,
    Probe,
    Probed,
    Quota,
    Receipt,
    Report,
    ReportQuery,
)
from packbench.connectors.amazon import feeds, messages, notifying, probing, products, report_orders
from packbench.connectors.amazon.answers import Answer
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.confirming import check, explained
from packbench.connectors.amazon.datasets import (
    ASKED,
    SHARED_WITHHELD,
    WithheldSets,
    mark,
    missed,
    to_leave_out,
    unmark,
)
from packbench.connectors.amazon.errors import AccessDenied, Refused
from packbench.connectors.amazon.lwa import fingerprint
from packbench.connectors.amazon.marketplaces import AMAZON, REGION_NAMES, Endpoints
from packbench.connectors.amazon.operations import CONFIRM_SHIPMENT, CREATE_FEED
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.tokens import SHARED_TOKENS, TokenCache
from packbench.lib.errors import BadCredentials, NotFound, Rejected, RemoteError
from packbench.lib.sentences import marked

NOT_IN_REGION = marked(
    "Amazon knows the login but denies this account in the region %(region)s. Choose the region "
    "where the account sells; if it is the right one, give the application the role “%(role)s” "
    "and authorize the account again."
)
OTHER_SELLER = marked(
    "Amazon says that this authorization is not one of seller %(seller)s. Copy the seller ID "
    "(merchant token) of the account that you authorized."
)


class AmazonChannel:
    """One seller account of one region. Several threads may use it."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        buckets: Buckets,
        http: httpx.Client,
        endpoints: Endpoints = AMAZON,
        tokens: TokenCache = SHARED_TOKENS,
        withheld: WithheldSets = SHARED_WITHHELD,
    ) -> None:
        self._region, self._seller_id = credentials.region, credentials.seller_id
        # A new authorization may bring a new role: what was withheld is forgotten with the old one.
        self._account = fingerprint(credentials.client_id, credentials.refresh_token)
        self._withheld, self._http = withheld, http
        self._client = AmazonClient(
            credentials, buckets=buckets, endpoints=endpoints, http=http, tokens=tokens
        )

    @property
    def last_skew_seconds(self) -> float | None:
        """How far Amazon's clock was ahead of ours at the last answer; None before one."""
        return self._client.last_skew_seconds

    def participations(self) -> tuple[Participation, ...]:
        """Return where the account sells: the test of a connection, which needs no special role."""
        try:
            answer = self._client.call(messages.participations_call())
        except (AccessDenied, BadCredentials) as refusal:
            raise self._in_region(refusal) from None
        return messages.parse_participations(answer.body)

    def check_seller(self, marketplace_id: str) -> None:
        """Ask for a listing of this seller: Amazon refuses the id of another one by its name.

        No token says whose it is. Silent where the application may not ask (Product Listing).
        """
        try:
            self._client.call(messages.listings_call(self._seller_id, marketplace_id))
        except Refused as refusal:
            if "sellerid" in refusal.fault.text.lower():
                raise Rejected(
                    OTHER_SELLER,
                    code="other_seller",
                    request_id=refusal.request_id,
                    seller=self._seller_id,
                ) from None
        except RemoteError:
            return  # that proves nothing against it

    def fetch_orders(self, query: OrdersQuery) -> OrdersPage:
        """Return one page; without names and addresses where Amazon withholds them."""
        before, token = unmark(query.page_token)
        answer, withheld = self._read(
            lambda data_sets: messages.search_call(query, data_sets, token),
            without=before if token else self._left_out(query.without),
        )
        page = messages.parse_page(answer.body)
        next_token = mark(page.next_page_token, withheld)
        return replace(page, withheld=missed(withheld), next_page_token=next_token)

    def fetch_order(self, order_id: str) -> ChannelOrder:
        """Return the order as it stands; raises NotFound where Amazon has none of that id."""
        answer, _ = self._read(
            lambda data_sets: messages.order_call(order_id, data_sets),
            without=self._withheld.of(self._account),
        )
        return messages.parse_order(answer.body)

    def list_orders(self, query: OrdersQuery) -> tuple[tuple[ListedOrder, ...], str]:
        answer = self._client.call(messages.search_call(query, (), query.page_token))
        return report_orders.parse_page(answer.body)

    def ask_report(self, query: ReportQuery) -> str:
        """Ask for a report of orders. Not repeated where the answer got lost."""
        return report_orders.parse_asked(self._client.call(report_orders.report_call(query)).body)

    def look_at_report(self, report_id: str) -> Report:
        return report_orders.parse_state(
            self._client.call(report_orders.state_call(report_id)).body
        )

    def fetch_report(self, document_id: str) -> tuple[ListedOrder, ...]:
        document = self._client.call(report_orders.document_call(document_id))
        return report_orders.parse_report(report_orders.download(self._http, document.body))

    def subscribe(self, queue_url: str) -> str:
        return notifying.subscribe(self._client, queue_url)

    def unsubscribe(self, subscription_id: str) -> None:
        notifying.unsubscribe(self._client, subscription_id)

    def confirm(self, confirmation: Confirmation) -> Receipt:
        """Tell Amazon of one parcel; again with the same reference corrects that parcel."""
        check(confirmation)
        try:
            answer = self._client.call(messages.confirm_call(confirmation))
        except Refused as refusal:
            raise explained(refusal) from None
        return Receipt(answer.request_id)

    def quotas(self) -> tuple[Quota, Quota]:
        return self._client.quota(CONFIRM_SHIPMENT), self._client.quota(CREATE_FEED)

    def check_confirmation(self, confirmation: Confirmation) -> None:
        check(confirmation)

    def upload_feed(self, rows: Sequence[tuple[int, Confirmation]]) -> str:
        """May be repeated: what no feed takes up has no effect."""
        content = feeds.write_feed(rows, self._seller_id)
        return feeds.upload(self._http, self._client.call(feeds.document_call()).body, content)

    def create_feed(self, document_id: str, marketplace_ids: tuple[str, ...]) -> str:
        """Not repeated where the answer got lost: each feed makes packages of its own."""
        call = feeds.feed_call(document_id, marketplace_ids)
        return feeds.parse_created(self._client.call(call).body)

    def list_feeds(self, since: datetime) -> tuple[Feed, ...]:
        return feeds.parse_feeds(self._client.call(feeds.since_call(since)).body)

    def look_at_feed(self, feed_id: str) -> Feed:
        return feeds.parse_feed(self._client.call(feeds.state_call(feed_id)).body)

    def fetch_feed_report(self, document_id: str) -> FeedReport:
        document = self._client.call(feeds.report_call(document_id))
        return feeds.parse_report(feeds.download(self._http, document.body))

    def probe(
        self, what: Probe, *, marketplace_id: str, order_ids: tuple[str, ...], since: datetime
    ) -> Probed:
        """Try one thing by one cheap call. Raises the plain refusal, as Amazon meant it."""
        return probing.probe(
            self._client,
            what,
            seller_id=self._seller_id,
            marketplace_id=marketplace_id,
            order_ids=order_ids,
            since=since,
        )

    def fetch_listings(
        self, marketplace_id: str, skus: tuple[str, ...]
    ) -> tuple[ChannelProduct, ...]:
        """The seller's own listings of at most 20 SKUs: one call, and one for each odd SKU."""
        plain = tuple(sku for sku in skus if "," not in sku)
        odd = (self._fetch_listing(marketplace_id, sku) for sku in skus if "," in sku)
        found = tuple(listing for listing in odd if listing)
        if not plain:
            return found
        call = products.skus_call(self._seller_id, marketplace_id, plain)
        return products.parse_listings(self._client.call(call).body, marketplace_id) + found

    def fetch_catalog(
        self, marketplace_id: str, asins: tuple[str, ...]
    ) -> tuple[ChannelProduct, ...]:
        """What Amazon's catalog says of at most 20 ASINs, in one call."""
        answer = self._client.call(products.catalog_call(marketplace_id, asins))
        return products.parse_catalog(answer.body, marketplace_id)

    def _fetch_listing(self, marketplace_id: str, sku: str) -> ChannelProduct | None:
        try:
            call = products.listing_call(self._seller_id, marketplace_id, sku)
            return products.parse_listing(self._client.call(call).body, marketplace_id)
        except NotFound:
            return None

    def _left_out(self, without: tuple[str, ...] | None) -> tuple[str, ...]:
        lately = self._withheld.of(self._account)
        return tuple(name for name in ASKED if name in {*lately, *(without or ())})

    def _read(
        self, call_for: Callable[[tuple[str, ...]], Call], *, without: tuple[str, ...]
    ) -> tuple[Answer, tuple[str, ...]]:
        """Return the answer and what it lacks, leaving out the data sets that Amazon refuses."""
        while True:
            asked = tuple(name for name in ASKED if name not in without)
            try:
                return self._client.call(call_for(asked)), without
            except (AccessDenied, Refused) as refusal:
                refused = to_leave_out(refusal, asked)
                if not refused:
                    raise
            without = (*without, *refused)
            self._withheld.remember(self._account, without)

    def _in_region(self, refusal: AccessDenied | BadCredentials) -> AccessDenied | BadCredentials:
        if refusal.code not in ("role_missing_insights", "access_refused"):
            return refusal
        return BadCredentials(
            NOT_IN_REGION,
            code="wrong_region",
            request_id=refusal.request_id,
            region=REGION_NAMES[self._region],
            role="Selling Partner Insights",
        )
