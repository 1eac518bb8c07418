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


class Push(Struct, frozen=True, kw_only=True):
    """How a carrier tells of scans by itself.

    `reader` is the dotted path of what reads its messages and checks their signature. It signs
    with a secret of ours that is entered there, or with what `signs_with` names of the account's
    own secrets. `says` tells where the address is entered.
    """

    reader: str
    says: str
    signs_with: tuple[str, ...] = ()


class Variant(Struct, frozen=True, kw_only=True):
    """One carrier of a family, by the connector's own code; its name is that carrier's.

    `status` is how far its connector is by its makers' own word.
    """

    code: str
    name: str
    status: str = ""
    asks: tuple[Ask, ...] = ()
    secrets: tuple[Ask, ...] = ()


class Family(Struct, frozen=True, kw_only=True):
    """Many carriers behind one connector, which must be installed apart.

    `missing` is the dotted path of what says what must be installed first, `variants` of what says
    which carriers there are; both are given the interpreter of that environment.
    """

    missing: str
    variants: str


class CarrierKind(Struct, frozen=True, kw_only=True):
    """A carrier as the registry knows it.

    `opening` is the dotted path of its `open_carrier`. `asks` go into the account's settings,
    `secrets` are sealed and never shown again. `needs_seller`: it buys through a connected
    Amazon account. `needs_sandbox`: it is there for trying out only. `has_own_prices`: its
    setting `rates` is a rate table of the seller's own. `family`: what it asks depends on the one
    of its carriers that the setting `carrier` names.
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
    has_own_prices: bool = False
    push: Push | None = None
    family: Family | None = None


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
        ),
        features=frozenset({Feature.RATES, Feature.RETURNS, Feature.VOID}),
        has_own_prices=True,
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
                Feature.CUSTOMS,
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
        features=frozenset(
            {
                Feature.RATES,
                Feature.VOID,
                Feature.TRACKING,
                Feature.CUSTOMS,
                Feature.MANIFEST,
                Feature.PUSH,
                Feature.RETURNS,
            }
        ),
        push=Push(
            reader="packbench.connectors.easypost.pushing.read_push",
            says=marked(
                "At EasyPost, open Account settings, Webhooks, and add a webhook with this "
                "address and this secret."
            ),
        ),
    ),
    CarrierKind(
        code="sendcloud",
        name=marked("Sendcloud"),
        says=marked("The carriers of your own Sendcloud account, with your contracts there."),
        opening="packbench.connectors.sendcloud.opening.open_carrier",
        asks=(
            Ask(
                name="format",
                word=marked("Labels come as"),
                kind=AskKind.CHOICE,
                choices=(("pdf", "PDF"), ("zpl", "ZPL")),
            ),
        ),
        secrets=(
            Ask(name="public", word=marked("Public key"), longest=120),
            Ask(name="secret", word=marked("Secret key"), longest=120),
            Ask(
                name="signature",
                word=marked("Webhook signature key"),
                hint=marked("Only where Sendcloud shows one for your integration."),
                longest=120,
            ),
        ),
        features=frozenset(
            {Feature.RATES, Feature.VOID, Feature.TRACKING, Feature.CUSTOMS, Feature.PUSH}
        ),
        push=Push(
            reader="packbench.connectors.sendcloud.pushing.read_push",
            says=marked(
                "At Sendcloud, open Settings, Integrations, your integration, and enter this "
                "address as its webhook. Sendcloud signs with the secret key above."
            ),
            signs_with=("secret", "signature"),
        ),
    ),
    CarrierKind(
        code="karrio",
        name=marked("Direct contracts"),
        says=marked(
            "UPS, FedEx, DHL, DPD, USPS, Canada Post and others by your own contract with each, "
            "through Karrio. A purchase whose answer gets lost comes to you."
        ),
        opening="packbench.connectors.karrio.opening.open_carrier",
        features=frozenset({Feature.RATES, Feature.VOID, Feature.TRACKING, Feature.CUSTOMS}),
        family=Family(
            missing="packbench.connectors.karrio.opening.missing",
            variants="packbench.connectors.karrio.describing.variants",
        ),
    ),
    CarrierKind(
        code="sandbox",
        name=marked("Test carrier"),
        says=marked("A carrier that the sandbox plays, for trying out. Its labels move nothing."),
        opening="packbench.connectors.sandbox.opening.open_carrier",
        secrets=(),
        asks=(Ask(name="key", word=marked("Key"), longest=60),),
        features=frozenset({Feature.RETURNS, Feature.TRACKING, Feature.VOID}),
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
    Feature.RETURNS: marked("sells return labels"),
    Feature.TELLS_STORE: marked("tells Amazon of the parcel itself"),
    Feature.INPUTS: marked("asks for more where it needs it"),
}
