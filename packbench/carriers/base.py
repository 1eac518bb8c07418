"""What a carrier is: who sells labels and moves parcels.

Values in, values out. A connector implements `Carrier`; it knows no table and no job.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from packbench.lib.addresses import Address
from packbench.lib.money import Money


class RetryClass(StrEnum):
    """What may be done after a purchase whose answer got lost (design §5.1)."""

    KEYED = "keyed"  # the same reference buys the same label: simply ask again
    SEARCHABLE = "searchable"  # look it up by reference, after the quarantine
    BLIND = "blind"  # a person decides


class Feature(StrEnum):
    """What not every carrier can do; each declares what it can."""

    TRACKING = "tracking"


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


class LabelSize(StrEnum):
    """The paper a label is drawn for."""

    FOUR_BY_SIX = "4x6in"  # 101.6 × 152.4 mm
    A6 = "a6"  # 105 × 148 mm


class Service(Struct, frozen=True, kw_only=True):
    """What a carrier offers. `channel_code` and `channel_method` are the words stores expect."""

    code: str
    name: str
    channel_code: str  # confirmShipment carrierCode
    channel_name: str = ""  # confirmShipment carrierName, for the code Other
    channel_method: str = ""  # confirmShipment shippingMethod
    has_tracking: bool = True


class Contents(Struct, frozen=True, kw_only=True):
    """One line of what is in the parcel."""

    sku: str
    title: str
    quantity: int


class LabelRequest(Struct, frozen=True, kw_only=True):
    """One parcel to buy a label for. `reference` is ours and unique: never two labels for it.

    `weight_g` is in grams with packaging. `order_number` is printed for the packer.
    """

    reference: str
    order_number: str
    service: str
    ship_from: Address
    ship_to: Address
    weight_g: int
    ships_at: datetime
    label_size: LabelSize = LabelSize.FOUR_BY_SIX
    contents: tuple[Contents, ...] = ()


class LabelFile(Struct, frozen=True):
    """A label as it comes from the carrier: `format` is pdf or zpl, `size` a LabelSize."""

    format: str
    size: str
    content: bytes


class BoughtLabel(Struct, frozen=True, kw_only=True):
    """What was bought. `carrier_label_id` is the carrier's own id, needed to void it."""

    carrier_label_id: str
    tracking_number: str
    cost: Money | None
    files: tuple[LabelFile, ...]


class Carrier(Protocol):
    """One carrier account. Raises the errors of `lib.errors` only.

    `quarantine_s` is how many seconds after a lost answer the carrier may still be writing the
    purchase down: only after that does a look-up that finds nothing mean that nothing was bought.
    `features` says what it can do beyond selling; the rest raises Unsupported.
    """

    features: frozenset[Feature]
    retry_class: RetryClass
    quarantine_s: float
    max_weight_g: int

    def services(self) -> tuple[Service, ...]: ...

    def quote(self, request: LabelRequest) -> Money | None: ...

    def buy(self, request: LabelRequest) -> BoughtLabel: ...

    def find(self, request: LabelRequest) -> BoughtLabel | None: ...

    def void(self, carrier_label_id: str) -> None: ...

    def track(self, tracking_number: str) -> Tracking: ...
