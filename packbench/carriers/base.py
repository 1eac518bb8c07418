"""What a carrier is: who sells labels and moves parcels.

Values in, values out. A connector implements `Carrier`; it knows no table and no job.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from packbench.channels.base import Buckets, Credentials
from packbench.lib.addresses import Address
from packbench.lib.money import Money
from packbench.lib.personal import Personal

# The code of an OutcomeUnknown: the ticket no longer says whether it was sold. A person decides.
TICKET_EXPIRED = "ticket_expired"


class CarrierSecrets(Personal, frozen=True, kw_only=True):
    """What opens an account at a carrier, by the connector's own names. Never shown."""

    values: dict[str, str] = {}


class RetryClass(StrEnum):
    """What may be done after a purchase whose answer got lost (design §5.1)."""

    KEYED = "keyed"  # the same reference buys the same label: simply ask again
    TWO_PHASE = "two_phase"  # the same ticket is sold once: look at it, then ask again
    SEARCHABLE = "searchable"  # look it up by reference, after the quarantine
    BLIND = "blind"  # what is found is ours; that nothing is found says nothing: a person decides


class Feature(StrEnum):
    """What not every carrier can do; each declares what it can."""

    CUSTOMS = "customs"  # takes customs data electronically
    INPUTS = "inputs"  # some services ask for more before they are sold
    MANIFEST = "manifest"  # closes the day with a form for the driver
    PUSH = "push"  # tells of scans by webhook
    RATES = "rates"  # names prices before it sells
    RETURNS = "returns"  # sells labels for the way back
    TELLS_STORE = "tells_store"  # the store hears of the parcel from the carrier itself
    TRACKING = "tracking"
    VOID = "void"


class TrackingCode(StrEnum):
    """What became of a parcel, in ShipEngine's eight codes."""

    NOT_YET = "NY"
    ACCEPTED = "AC"
    IN_TRANSIT = "IT"
    ATTEMPT = "AT"
    COLLECTION_POINT = "SP"
    DELIVERED = "DE"
    EXCEPTION = "EX"
    UNKNOWN = "UN"


class Tracked(Struct, frozen=True, kw_only=True):
    """One thing a carrier says of a parcel: codes and a time, never a text.

    Texts of carriers name who signed. `raw_code` is the carrier's own; `at` is in UTC.
    """

    at: datetime
    code: TrackingCode
    raw_code: str = ""
    is_return: bool = False  # it goes back, or came back, to the sender


class Tracking(Struct, frozen=True, kw_only=True):
    """All that a carrier says of a parcel, in any order, and when it hopes to deliver it."""

    events: tuple[Tracked, ...] = ()
    estimated_at: datetime | None = None


class Pushed(Struct, frozen=True, kw_only=True):
    """What a carrier says of a parcel without being asked; one of its ids may be empty."""

    tracking: Tracking
    tracking_number: str = ""
    carrier_label_id: str = ""


class LabelSize(StrEnum):
    """The paper a label is drawn for."""

    FOUR_BY_SIX = "4x6in"  # 101.6 × 152.4 mm
    A6 = "a6"  # 105 × 148 mm


class Limits(Struct, frozen=True, kw_only=True):
    """How large a parcel may be and how long the lines of an address; zero means no limit."""

    weight_g: int
    length_mm: int = 0  # of the longest side
    girth_mm: int = 0  # length and girth together
    name: int = 35
    line: int = 35
    city: int = 35
    phone: int = 20


class Service(Struct, frozen=True, kw_only=True):
    """What a carrier offers. `channel_code` and `channel_method` are the words stores expect."""

    code: str
    name: str
    channel_code: str  # confirmShipment carrierCode
    channel_name: str = ""  # confirmShipment carrierName, for the code Other
    channel_method: str = ""  # confirmShipment shippingMethod
    has_tracking: bool = True
    group: str = ""  # the service level that it serves: standard, expedited, …


class Contents(Struct, frozen=True, kw_only=True):
    """One line of what is in the parcel; the customs part is empty where nobody knows it.

    `item_id` is the store's own. `weight_g` and `unit_value` are of one piece.
    """

    sku: str
    title: str
    quantity: int
    item_id: str = ""
    weight_g: int = 0
    unit_value: Money | None = None
    customs_description: str = ""
    hs_code: str = ""
    country_of_origin: str = ""
    is_dangerous: bool = False


class TaxNumber(Struct, frozen=True, kw_only=True):
    """A number that customs asks for: the sender's VAT or EORI number, the store's IOSS."""

    kind: str  # eori | ioss | vat
    number: str
    country: str = ""


class Source(Struct, frozen=True, kw_only=True):
    """The order at its store, for carriers that take the address from there."""

    order_id: str
    marketplace_id: str
    channel: str = ""  # amazon, or empty for orders that no store's carrier knows


class Signature(StrEnum):
    """What the driver must do at the door."""

    SERVICE_DEFAULT = ""
    NONE = "none"
    ANY = "any"
    ADULT = "adult"


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked for beyond the service; a carrier refuses what it cannot do.

    `inputs` answers the form of a service that asks for more, `extras` names the value-added
    services of the carrier by their codes.
    """

    signature: Signature = Signature.SERVICE_DEFAULT
    insured: Money | None = None
    is_saturday: bool = False
    is_duty_paid: bool = False  # DDP: the sender pays duties
    collection: Money | None = None  # cash on delivery
    extras: tuple[str, ...] = ()
    inputs: dict[str, Any] = {}


class LabelRequest(Struct, frozen=True, kw_only=True):
    """One parcel to buy a label for. `reference` is ours and unique: never two labels for it.

    `weight_g` is in grams with packaging, `size_mm` (length, width, height), zeros where nobody
    measured. `order_number` is printed for the packer. `ticket` is what `prepare` gave.
    `is_return`: a label for the way back, for carriers that declare it; the addresses are those of
    the way out, as the parcel went.
    """

    reference: str
    order_number: str
    service: str
    ship_from: Address
    ship_to: Address
    weight_g: int
    ships_at: datetime
    size_mm: tuple[int, int, int] = (0, 0, 0)
    deliver_by: datetime | None = None
    label_size: LabelSize = LabelSize.FOUR_BY_SIX
    contents: tuple[Contents, ...] = ()
    source: Source | None = None
    tax_numbers: tuple[TaxNumber, ...] = ()
    ship_from_email: str = ""
    options: Options = Options()
    ticket: str = ""
    is_return: bool = False


class Extra(Struct, frozen=True, kw_only=True):
    """A value-added service of a rate. One of each group that is required must be chosen."""

    code: str
    name: str
    group: str = ""
    is_required: bool = False
    cost: Money | None = None


class Rate(Struct, frozen=True, kw_only=True):
    """What a parcel costs with one service. A cost of None is a price that is not known.

    `deliver_at` is when the carrier promises it at the latest. `benefits` are codes, such as
    CLAIMS_PROTECTED; `lacks` says which of them are missing and why.
    """

    service: str
    name: str
    carrier_name: str
    cost: Money | None
    parts: tuple[tuple[str, Money], ...] = ()  # (what for, amount), where the carrier says
    deliver_from: datetime | None = None
    deliver_at: datetime | None = None
    group: str = ""
    is_tracked: bool = True
    is_protected: bool = False  # the store stands by the seller against claims
    benefits: tuple[str, ...] = ()
    lacks: tuple[tuple[str, str], ...] = ()  # (benefit, reason code)
    extras: tuple[Extra, ...] = ()
    needs_inputs: bool = False


class NoRate(Struct, frozen=True, kw_only=True):
    """A service that cannot take the parcel, and why: codes of ours or of the carrier."""

    service: str
    name: str
    carrier_name: str
    reasons: tuple[str, ...]


class Rates(Struct, frozen=True, kw_only=True):
    """All that a carrier says of what a parcel would cost."""

    offers: tuple[Rate, ...] = ()
    refused: tuple[NoRate, ...] = ()


class Prepared(Struct, frozen=True, kw_only=True):
    """A purchase that waits for one last word. `ticket` goes into the request of `buy`.

    Nothing is paid yet. An empty ticket means that the carrier sells in one step.
    """

    ticket: str = ""
    cost: Money | None = None


class LabelFile(Struct, frozen=True):
    """A paper as it comes from the carrier: `format` is pdf, zpl or png, `size` a LabelSize.

    `dpi` is the resolution that ZPL was made for; 0 where the carrier does not say.
    """

    format: str
    size: str
    content: bytes
    kind: str = "label"  # label | customs
    dpi: int = 0


class BoughtLabel(Struct, frozen=True, kw_only=True):
    """What was bought. `carrier_label_id` is the carrier's own id, needed to void it.

    `service` says what was sold where that is not the carrier's own list's.
    """

    carrier_label_id: str
    tracking_number: str
    cost: Money | None
    files: tuple[LabelFile, ...]
    deliver_at: datetime | None = None
    service: Service | None = None


class Manifested(Struct, frozen=True, kw_only=True):
    """The form that closes a day: what the driver signs for."""

    carrier_manifest_id: str
    files: tuple[LabelFile, ...] = ()


class Opening(Struct, frozen=True, kw_only=True):
    """All that a carrier account is opened with. `secrets` are by the connector's own names.

    `credentials` and `buckets` are there for Amazon's own carriers, `sandbox_url` where the
    sandbox plays them. `interpreter` is the Python of an environment apart, for connectors that
    run in one.
    """

    settings: dict[str, Any] = {}
    secrets: CarrierSecrets = CarrierSecrets()
    sandbox_url: str = ""
    credentials: Credentials | None = None
    buckets: Buckets | None = None
    interpreter: str = ""


class Carrier(Protocol):
    """One carrier account. Raises the errors of `lib.errors` only.

    `quarantine_s` is how many seconds after a lost answer the carrier may still be writing the
    purchase down: only after that does a look-up that finds nothing mean that nothing was bought.
    `features` says what it can do beyond selling; the rest raises Unsupported.
    """

    features: frozenset[Feature]
    retry_class: RetryClass
    quarantine_s: float
    limits: Limits
    formats: tuple[str, ...]  # of labels, the best first

    def services(self) -> tuple[Service, ...]:
        """What it is known to sell; empty where only rates say so."""

    def rates(self, request: LabelRequest) -> Rates:
        """What the parcel would cost, by service. The request's reference and service are not
        looked at."""

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """The JSON schema of what the request's service asks for before it is sold."""

    def prepare(self, request: LabelRequest) -> Prepared:
        """All of a purchase that costs nothing. Safe to repeat."""

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Buy the label of the request's reference, by its ticket where `prepare` gave one.

        An answer that got lost is OutcomeUnknown, whatever the retry class: TemporaryError and
        Rejected say that nothing was bought. Of what was asked for before, a carrier of class
        KEYED or TWO_PHASE returns the label that it sold.
        """

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """The label that was bought under the request's reference or ticket, if any."""

    def void(self, carrier_label_id: str) -> None:
        """Give the label back. One that is void already is no error."""

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking: ...

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        """Close the day for these labels; the same reference gives the same form."""
