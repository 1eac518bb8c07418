"""Which kinds of carriers there are, and what each wants to know. One entry a carrier."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from packbench.carriers.base import Feature
from packbench.lib.sentences import marked


class AskKind(StrEnum):
    """How an answer is entered, and what it becomes."""

    TEXT = "text"
    NUMBER = "number"  # a whole one
    CHOICE = "choice"
    TICK = "tick"
    PRICES = "prices"  # a table of own prices, one step a line


class Ask(Struct, frozen=True, kw_only=True):
    """One thing that a carrier wants to know; `name` is the connector's own word for it.

    An answer that is left empty is not kept: the connector's own default counts. `choices` are
    pairs of a value and its word.
    """

    name: str
    word: str
    kind: AskKind = AskKind.TEXT
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_required: bool = False
    longest: int = 200


class CarrierKind(Struct, frozen=True, kw_only=True):
    """A carrier as the registry knows it.

    `opening` is the dotted path of its `open_carrier`. `asks` go into the account's settings,
    `secrets` are sealed and never shown again. `needs_seller`: it buys through a connected
    Amazon account. `needs_sandbox`: it is there for trying out only.
    """

    code: str
    name: str
    says: str
    opening: str
    asks: tuple[Ask, ...] = ()
    secrets: tuple[Ask, ...] = ()
    features: frozenset[Feature] = frozenset()
    needs_seller: bool = False
    needs_sandbox: bool = False


KINDS: tuple[CarrierKind, ...] = (
    CarrierKind(
        code="local",
        name=marked("Own labels"),
        says=marked(
            "Labels that Packbench draws, for your own delivery or any carrier that takes them. "
            "Prices come from your own table."
        ),
        opening="packbench.connectors.local.opening.open_carrier",
        asks=(
            Ask(
                name="carrier_name",
                word=marked("Carrier that Amazon is told"),
                hint=marked("Empty: Amazon is told that you deliver yourself."),
                longest=40,
            ),
            Ask(
                name="dpi",
                word=marked("Resolution of the label printer"),
                kind=AskKind.CHOICE,
                choices=(("203", "203 dpi"), ("300", "300 dpi")),
            ),
            Ask(
                name="rates",
                word=marked("Own prices"),
                kind=AskKind.PRICES,
                hint=marked(
                    "One step a line: service, zone (home, eu or rest), up to how many grams, "
                    "price. The first line may name the currency. Without a price the cost is "
                    "not known."
                ),
                longest=20_000,
            ),
        ),
        features=frozenset({Feature.RATES, Feature.VOID}),
    ),
    CarrierKind(
        code="amazon_shipping",
        name=marked("Amazon Shipping and Buy Shipping"),
        says=marked(
            "Labels bought through a connected Amazon account: Amazon hears of the parcel by "
            "itself and stands by you against claims where a rate says so."
        ),
        opening="packbench.connectors.amazon.shipping.opening.open_carrier",
        features=frozenset(
            {
                Feature.RATES,
                Feature.VOID,
                Feature.TRACKING,
                Feature.TELLS_STORE,
                Feature.INPUTS,
                Feature.MANIFEST,
            }
        ),
        needs_seller=True,
    ),
    CarrierKind(
        code="amazon_merchant",
        name=marked("Amazon Merchant Fulfillment"),
        says=marked(
            "Labels bought through a connected Amazon account where Amazon Shipping is not "
            "served, such as Germany, the Netherlands and Canada. A purchase whose answer gets "
            "lost comes to you."
        ),
        opening="packbench.connectors.amazon.merchant.opening.open_carrier",
        features=frozenset({Feature.RATES, Feature.VOID, Feature.TELLS_STORE}),
        needs_seller=True,
    ),
    CarrierKind(
        code="easypost",
        name=marked("EasyPost"),
        says=marked("Over a hundred carriers through your own EasyPost account."),
        opening="packbench.connectors.easypost.opening.open_carrier",
        secrets=(Ask(name="key", word=marked("API key"), longest=120),),
        features=frozenset({Feature.RATES, Feature.VOID, Feature.TRACKING, Feature.CUSTOMS}),
    ),
    CarrierKind(
        code="sandbox",
        name=marked("Test carrier"),
        says=marked("A carrier that the sandbox plays, for trying out. Its labels move nothing."),
        opening="packbench.connectors.sandbox.opening.open_carrier",
        secrets=(),
        asks=(Ask(name="key", word=marked("Key"), longest=60),),
        features=frozenset({Feature.TRACKING, Feature.VOID}),
        needs_sandbox=True,
    ),
)
BY_CODE: Mapping[str, CarrierKind] = {kind.code: kind for kind in KINDS}

FEATURE_WORDS: Mapping[Feature, str] = {
    Feature.RATES: marked("compares rates"),
    Feature.TRACKING: marked("follows parcels"),
    Feature.VOID: marked("takes labels back"),
    Feature.CUSTOMS: marked("takes customs data"),
    Feature.MANIFEST: marked("closes the day with a form"),
    Feature.PUSH: marked("tells of scans by itself"),
    Feature.TELLS_STORE: marked("tells Amazon of the parcel itself"),
    Feature.INPUTS: marked("asks for more where it needs it"),
}
