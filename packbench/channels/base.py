"""What a channel is: where orders come from and who must be told that they went.

Values in, values out. A connector implements `Channel`; it knows no table and no job.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.personal import Personal


class OrderStatus(StrEnum):
    """Where an order stands (`market.md` C4). On hold is ours; the rest follows the store."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    ON_HOLD = "on_hold"
    PARTIALLY_SHIPPED = "partially_shipped"
    PENDING_FULFILLMENT = "pending_fulfillment"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    UNFULFILLABLE = "unfulfillable"


class Buyer(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """Who bought. Amazon's e-mail addresses are relays (SEED-48)."""

    name: str = ""
    email: str = ""
    company: str = ""
    purchase_order_number: str = ""
    note: str = ""  # what was written for the whole order


class ItemNotes(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """What the buyer wrote for one item: personal data (SEED-78)."""

    gift_message: str = ""
    customization_url: str = ""
    cancel_reason: str = ""
    cancelled_reason: str = ""


class Constraint(StrEnum):
    """What the carrier must do with a parcel; what a store adds to these stays its own word."""

    SIGNATURE = "signature"
    AGE = "age"
    IDENTITY = "identity"
    CASH_ON_DELIVERY = "cash_on_delivery"
    PALLET = "pallet"


class Charge(Struct, frozen=True, kw_only=True):
    """One part of a price, in the store's word for it: ITEM, SHIPPING, TAX, DISCOUNT and so on."""

    kind: str
    total: Money
    status: str = ""
    parts: tuple[tuple[str, Money], ...] = ()


class Payment(Struct, frozen=True, kw_only=True):
    """How an order was paid, or is to be, in the store's word."""

    method: str
    total: Money | None = None


class ItemFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a store may say of one line besides; nothing of it is personal data."""

    measure: str = ""  # "1.5 KILOGRAMS"
    is_business_price: bool = False
    needs_serials: bool = False
    scheduled_from_at: datetime | None = None
    scheduled_by_at: datetime | None = None
    points: int = 0
    points_value: Money | None = None
    substitution: str = ""
    services: tuple[tuple[str, str], ...] = ()  # (order, item) of services bought with it
    tax_model: str = ""
    tax_party: str = ""


class TaxRegistration(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """A tax number, of the buyer (a person's own, perhaps), the seller or the marketplace."""

    entity: str = ""
    kind: str = ""
    number: str = ""
    name: str = ""
    address: Address | None = None
    attributes: tuple[tuple[str, str], ...] = ()


class DeliveryHours(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """When parcels are taken: a weekday ("MON") or a date, and spans like "09:00–17:30"."""

    day: str
    spans: tuple[str, ...] = ()
    is_closed: bool = False


class CardPayment(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """What Brazilian invoices name of a payment."""

    method: str = ""
    brand: str = ""
    acquirer: str = ""
    authorization: str = ""


class OrderDetails(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """What the store says of the buyer besides name and address: personal data (SEED-78)."""

    taxes: tuple[TaxRegistration, ...] = ()
    cards: tuple[CardPayment, ...] = ()
    drop_off: str = ""
    instruction: str = ""
    hours: tuple[DeliveryHours, ...] = ()
    capabilities: tuple[str, ...] = ()


class ChannelItem(Struct, frozen=True, kw_only=True):
    """One line of an order. Quantities are pieces."""

    external_id: str
    sku: str = ""
    asin: str = ""
    title: str = ""
    quantity: int = 0
    quantity_fulfilled: int = 0
    unit_price: Money | None = None
    gift_wrap: str = ""
    is_gift: bool = False
    is_customized: bool = False
    cancel_requested: bool = False
    cancel_reason: str = ""
    cancelled_by: str = ""
    programs: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    promotions: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    condition: str = ""
    condition_note: str = ""
    serial_numbers: tuple[str, ...] = ()
    ioss_number: str = ""
    tax_scheme: str = ""
    facts: ItemFacts = ItemFacts()
    notes: ItemNotes = ItemNotes()


class ChannelPackage(Struct, frozen=True, kw_only=True):
    """A parcel that the store knows of. `reference` is the number we gave it."""

    reference: str
    status: str = ""
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    shipped_at: datetime | None = None
    items: tuple[tuple[str, int], ...] = ()  # (item external id, quantity)


class ChannelOrder(Struct, frozen=True, kw_only=True):
    """An order as the store tells it; statuses in our words, what we do not know kept as text.

    `recipient` is None where the store says nothing at all of where it goes (digital orders,
    withheld data); a recipient with a country but no name means a role is missing.
    """

    external_id: str
    marketplace_id: str
    status: OrderStatus
    remote_status: str
    created_at: datetime
    updated_at: datetime
    is_ours_to_ship: bool = True  # False: fulfilled by Amazon (AFN)
    is_from_channel: bool = True  # False: a multi-channel order of another shop
    seller_order_id: str = ""
    programs: tuple[str, ...] = ()
    service_level: str = ""
    ship_from_at: datetime | None = None
    ship_by_at: datetime | None = None
    deliver_from_at: datetime | None = None
    deliver_by_at: datetime | None = None
    label_from_at: datetime | None = None  # no label may be printed before
    replaces: str = ""
    replaces_kind: str = ""  # "replacement" or "exchange"
    total: Money | None = None
    weight_g: int | None = None  # with packaging, where the shop says it of the whole order
    charges: tuple[Charge, ...] = ()
    payments: tuple[Payment, ...] = ()
    invoice_status: str = ""
    invoice_preference: str = ""
    buyer: Buyer = Buyer()
    details: OrderDetails = OrderDetails()
    recipient: Address | None = None
    items: tuple[ChannelItem, ...] = ()
    packages: tuple[ChannelPackage, ...] = ()


class OrdersQuery(Struct, frozen=True, kw_only=True):
    """Which orders to fetch: changed since, or (a first import) created since.

    `statuses` empty means all. `without` are data sets not to be asked for; None leaves that to
    what the channel was refused lately. `is_bare`: without any data set. `is_ours_only`: without
    what the channel ships itself.
    """

    marketplace_ids: tuple[str, ...]
    updated_after: datetime | None = None
    created_after: datetime | None = None
    statuses: tuple[OrderStatus, ...] = ()
    without: tuple[str, ...] | None = None
    is_bare: bool = False
    is_ours_only: bool = False
    page_token: str = ""


class SkippedOrder(Struct, frozen=True):
    """An order that could not be read, with the reason code; the rest of the page goes on."""

    external_id: str
    reason: str
    marketplace_id: str = ""


class OrdersPage(Struct, frozen=True, kw_only=True):
    """One page. `read_until` is the store's own high-water mark: the next poll starts there."""

    orders: tuple[ChannelOrder, ...]
    skipped: tuple[SkippedOrder, ...] = ()
    next_page_token: str = ""
    read_until: datetime | None = None
    withheld: tuple[str, ...] = ()  # data sets the store refused for want of a role


class ListedOrder(Struct, frozen=True, kw_only=True):
    """An order that a report or a bare search names: nothing of the buyer."""

    external_id: str
    created_at: datetime
    updated_at: datetime
    marketplace_id: str = ""  # where it is known
    waits: bool = False  # for a parcel
    is_ours_to_ship: bool = True
    is_from_channel: bool = True


class ReportState(StrEnum):
    """Where a report stands that was asked for."""

    WAITING = "waiting"
    READY = "ready"
    EMPTY = "empty"  # there is nothing, or another one of the same kind was made just before
    FAILED = "failed"


class ReportQuery(Struct, frozen=True, kw_only=True):
    """Which orders a report is to name: created in the span, or changed in it."""

    marketplace_ids: tuple[str, ...]
    since: datetime
    until: datetime
    is_by_update: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """A report that was asked for; `document_id` once it is ready."""

    state: ReportState
    document_id: str = ""


class QueueAccess(Personal, frozen=True, kw_only=True):
    """How a seller's own queue is reached. Printing it shows nothing."""

    url: str
    key_id: str
    secret: str


class Hint(Struct, frozen=True, kw_only=True):
    """A message of the queue: an order may have changed, or (no id) it says nothing of orders.

    `receipt` names the message when it is deleted.
    """

    receipt: str
    seller_id: str = ""
    order_id: str = ""


class ChangeQueue(Protocol):
    """A seller's own queue of changes. Raises the errors of `lib.errors` only."""

    def receive(self) -> tuple[Hint, ...]:
        """Wait a moment for messages and return some; they come again unless deleted."""

    def delete(self, hints: tuple[Hint, ...]) -> None: ...


class Participation(Struct, frozen=True, kw_only=True):
    """A marketplace where the seller account sells (Sellers v1 getMarketplaceParticipations)."""

    marketplace_id: str
    store_name: str = ""
    is_participating: bool = True
    has_suspended_listings: bool = False


class Probe(StrEnum):
    """One thing that an account may do or not: each is tried by one cheap call (SEED-19)."""

    LOGIN = "login"
    MARKETPLACES = "marketplaces"
    ORDERS = "orders"  # without personal data
    ADDRESSES = "addresses"
    BUYERS = "buyers"
    TAXES = "taxes"
    LISTINGS = "listings"
    FEEDS = "feeds"
    REPORTS = "reports"


class Probed(Struct, frozen=True, kw_only=True):
    """What a probe brought. `skew_s` is how many seconds the channel's clock is ahead of ours.

    `is_shown` says whether personal data was there: None where no order has any to show.
    """

    request_id: str = ""
    skew_s: float | None = None
    participations: tuple[Participation, ...] = ()
    order_ids: tuple[str, ...] = ()  # of orders that wait for a parcel
    is_shown: bool | None = None


PRODUCTS_AT_ONCE = 20  # what Amazon looks up in one call


class ChannelProduct(Struct, frozen=True, kw_only=True):
    """What the store knows of a product; empty or None where it does not say.

    Weights are grams. The package's are of one piece with its packaging, the item's without;
    `package_mm` is (length, width, height). `quantity` is what a listing offers for sale.
    """

    sku: str = ""
    asin: str = ""
    title: str = ""
    image_url: str = ""
    product_type: str = ""
    package_weight_g: int | None = None
    item_weight_g: int | None = None
    package_mm: tuple[int, int, int] | None = None
    quantity: int | None = None


class Confirmation(Struct, frozen=True, kw_only=True):
    """What the store is told of one parcel: only its items and quantities (SEED-66).

    `package_reference` is a positive number written as text and stays the same for the parcel.
    """

    order_id: str
    marketplace_id: str
    package_reference: str
    carrier_code: str
    carrier_name: str
    shipping_method: str
    tracking_number: str
    shipped_at: datetime
    items: tuple[tuple[str, int], ...]
    is_cash_on_delivery: bool = False
    transparency_codes: tuple[tuple[str, tuple[str, ...]], ...] = ()  # by item external id
    is_unchecked: bool = False  # a person vouches for the shape of the tracking number


class FeedState(StrEnum):
    """Where a feed stands. Aborted: some of it, none or all may have happened."""

    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"  # before anything of it happened
    ABORTED = "aborted"


class Feed(Struct, frozen=True, kw_only=True):
    """A feed that the store was given; `document_id` of its report once it is done."""

    id: str
    state: FeedState
    created_at: datetime | None = None
    document_id: str = ""


class FeedReport(Struct, frozen=True, kw_only=True):
    """What became of a feed: how many rows, and what each refused one was refused for."""

    processed: int
    refused: dict[int, Rejected]


class Quota(Struct, frozen=True, kw_only=True):
    """Calls that may be made now, how many more each second, and how many are saved at most."""

    calls: float
    rate: float
    burst: float


class Receipt(Struct, frozen=True):
    """The store took the message; `request_id` is its number for the call."""

    request_id: str


class Grant(Personal, frozen=True, kw_only=True):
    """What a consent brought: the token to keep. Printing it shows nothing."""

    refresh_token: str


class Credentials(Personal, frozen=True, kw_only=True):
    """All that a channel needs to speak for one seller account. Printing it shows nothing."""

    region: str
    seller_id: str
    client_id: str
    client_secret: str
    refresh_token: str


class Buckets(Protocol):
    """Shared token buckets: one for each key, whoever asks (design §5.6)."""

    def take(self, key: str, *, rate: float, burst: float) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""

    def learn(self, key: str, *, rate: float) -> None:
        """Adopt the rate per second that the other side announced for this key."""

    def empty(self, key: str, *, rate: float) -> None:
        """The other side refused for want of quota: count the bucket as empty."""

    def look(self, key: str, *, rate: float, burst: float) -> Quota:
        """What the bucket holds now; nothing is taken."""


class Places(Struct, frozen=True):
    """Pages at Amazon that a seller needs while connecting, as addresses."""

    portal: str  # where a developer's profile and applications are kept
    develop_apps: str
    manage_apps: str
    seller_id: str  # where Seller Central shows it, as "merchant token"


class Authorizer(Protocol):
    """Website authorization: where to send the seller, and what their code is worth."""

    def places(self, country: str) -> Places: ...

    def listing_url(self, marketplace_id: str, *, sku: str, asin: str, product_type: str) -> str:
        """Where the seller edits a listing; the SKU is enough to find it."""

    def consent_url(
        self, *, country: str, application_id: str, state: str, redirect_uri: str, is_draft: bool
    ) -> str: ...

    def exchange(
        self, *, code: str, redirect_uri: str, client_id: str, client_secret: str
    ) -> Grant: ...


class Images(Protocol):
    """Where the pictures of products lie. Needs no account: nothing is told of who asks."""

    def fetch(self, url: str) -> bytes:
        """Return the file as it came. Raises Rejected for an address that is not the channel's."""


class Channel(Protocol):
    """One seller account at one channel. Raises the errors of `lib.errors` only."""

    def participations(self) -> tuple[Participation, ...]: ...

    def check_seller(self, marketplace_id: str) -> None:
        """Raise Rejected where Amazon says that the credentials are not this seller's."""

    def fetch_orders(self, query: OrdersQuery) -> OrdersPage: ...

    def fetch_order(self, order_id: str) -> ChannelOrder: ...

    def ask_report(self, query: ReportQuery) -> str:
        """Ask for a report of orders and return its id. OutcomeUnknown: there may be one now."""

    def look_at_report(self, report_id: str) -> Report: ...

    def fetch_report(self, document_id: str) -> tuple[ListedOrder, ...]:
        """Download a report and return each order that it names, once."""

    def quotas(self) -> tuple[Quota, Quota]:
        """What is left for single confirmations, and for feeds of them."""

    def check_confirmation(self, confirmation: Confirmation) -> None:
        """Raise Rejected where the store would refuse it anyway."""

    def upload_feed(self, rows: Sequence[tuple[int, Confirmation]]) -> str:
        """Put confirmations with their numbers where a feed can take them; return where."""

    def create_feed(self, document_id: str, marketplace_ids: tuple[str, ...]) -> str:
        """Have what was uploaded worked off; return the feed's id. OutcomeUnknown: it may be."""

    def list_feeds(self, since: datetime) -> tuple[Feed, ...]:
        """The feeds of confirmations that were created since then, whoever made them."""

    def look_at_feed(self, feed_id: str) -> Feed: ...

    def fetch_feed_report(self, document_id: str) -> FeedReport: ...

    def list_orders(self, query: OrdersQuery) -> tuple[tuple[ListedOrder, ...], str]:
        """Search without data: the orders of one page, and the token of the next."""

    def subscribe(self, queue_url: str) -> str:
        """Let changes of orders be announced to the queue; return the subscription's id.

        Safe to run again. Raises Rejected where another queue is subscribed already.
        """

    def unsubscribe(self, subscription_id: str) -> None: ...

    def confirm(self, confirmation: Confirmation) -> Receipt: ...

    def fetch_listings(
        self, marketplace_id: str, skus: tuple[str, ...]
    ) -> tuple[ChannelProduct, ...]:
        """The seller's own listings of at most PRODUCTS_AT_ONCE SKUs; unknown ones are left out."""

    def fetch_catalog(
        self, marketplace_id: str, asins: tuple[str, ...]
    ) -> tuple[ChannelProduct, ...]:
        """What is known of at most PRODUCTS_AT_ONCE ASINs; unknown ones are left out."""

    def probe(
        self, what: Probe, *, marketplace_id: str, order_ids: tuple[str, ...], since: datetime
    ) -> Probed:
        """Try one thing by one cheap call; `order_ids` and `since` say which orders to look at."""


class LinkSettings(Personal, frozen=True, kw_only=True):
    """How another shop that keeps a store's orders is reached. Printing it shows nothing."""

    kind: str
    url: str = ""
    account: str = ""
    secret: str = ""


class SentItem(Struct, frozen=True):
    """Pieces of one line of the order that are in a parcel."""

    item_id: str
    sku: str
    quantity: int


class SentParcel(Struct, frozen=True, kw_only=True):
    """What a linked shop is told of one parcel (SEED-54): nothing of the buyer.

    `message_id` stays the same when the message is repeated; a correction has another one and
    says what the shop knew before.
    """

    message_id: str
    parcel_id: str
    order_number: str
    seller_order_id: str
    store: str
    carrier_code: str
    carrier_name: str
    shipping_method: str
    tracking_number: str
    shipped_at: datetime
    items: tuple[SentItem, ...]
    is_correction: bool = False
    remote_id: str = ""
    former_tracking_number: str = ""


class LinkedShop(Protocol):
    """Another shop that hears of parcels. Raises the errors of `lib.errors` only."""

    def tell(self, parcel: SentParcel) -> str:
        """Tell it, safely repeated under the same message id, and return its id of the parcel."""

    def check(self) -> None:
        """Ask or send something that changes nothing there. Raises what is wrong."""
