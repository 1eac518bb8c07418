"""A carrier with rates as its account's settings say, over the registry; its ledger is the judge.

`offers`: lists of service, price, currency, days until it arrives and words among protected,
inputs. `fails`: it is down. `loses`: the answer to its next sale gets lost, and nobody can look.
"""

from datetime import timedelta
from decimal import Decimal

from packbench.carriers import registry
from packbench.carriers.base import (
    BoughtLabel,
    Extra,
    Feature,
    Limits,
    NoRate,
    Prepared,
    Rate,
    Rates,
    RetryClass,
    Service,
)
from packbench.carriers.models import CarrierAccount
from packbench.lib.errors import OutcomeUnknown, TemporaryError
from packbench.lib.money import Money
from tests.making import NOW

PATH = "tests.shipments.rated.open_carrier"
SOLD = []  # (reference, service, inputs)
SCHEMA = {
    "type": "object",
    "required": ["parcel"],
    "properties": {
        "parcel": {
            "type": "object",
            "title": "Parcel",
            "required": ["why"],
            "properties": {
                "why": {"type": "string", "title": "Why it is sent", "enum": ["SALE", "GIFT"]},
                "pieces": {"type": "integer", "title": "Pieces", "minimum": 1},
            },
        },
        "hints": {"type": "array", "title": "Hints", "items": {"type": "string"}},
    },
}


def open_carrier(opening):
    return RatedCarrier(opening.settings)


class RatedCarrier:
    features = frozenset({Feature.RATES, Feature.INPUTS})
    retry_class = RetryClass.BLIND
    quarantine_s = 1.0
    limits = Limits(weight_g=30_000)
    formats = ("pdf",)

    def __init__(self, settings):
        self.settings = settings

    def services(self):
        return tuple(
            Service(code=offer[0], name=offer[0].title(), channel_code="DHL")
            for offer in self.settings.get("offers", ())
        )

    def rates(self, request):
        if self.settings.get("fails"):
            raise TemporaryError("%(host)s does not answer.", code="down", host="Slow Post")
        return Rates(
            offers=tuple(_rate(request, offer) for offer in self.settings["offers"]),
            refused=(
                NoRate(service="giant", name="Giant", carrier_name="Post", reasons=("too_heavy",)),
            ),
        )

    def inputs(self, request):
        return SCHEMA

    def prepare(self, request):
        offer = next(each for each in self.settings["offers"] if each[0] == request.service)
        cost = Decimal(offer[1]) + Decimal(self.settings.get("dearer", "0"))
        cost += Decimal("1.50") * ("door" in request.options.extras)
        return Prepared(cost=Money(cost, offer[2]))

    def buy(self, request):
        SOLD.append((request.reference, request.service, request.options.inputs))
        if self.settings.get("loses"):
            raise OutcomeUnknown("The answer got lost.", code="answer_lost")
        number = f"TRACK{len(SOLD)}"
        return BoughtLabel(carrier_label_id=number, tracking_number=number, cost=None, files=())

    def find(self, request):
        return None


def _rate(request, offer):
    service, price, currency, days, *words = offer
    return Rate(
        service=service,
        name=service.title(),
        carrier_name="Post",
        cost=Money(Decimal(price), currency) if price else None,
        parts=(("Fuel", Money(Decimal("0.40"), currency)),) if price else (),
        deliver_at=request.ships_at + timedelta(days=days) if days else None,
        is_protected="protected" in words,
        needs_inputs="inputs" in words,
        benefits=("CLAIMS_PROTECTED",) if "protected" in words else (),
        extras=(Extra(code="door", name="To the door", cost=Money(Decimal("1.50"), currency)),)
        if "extras" in words
        else (),
    )


def make_rated(workspace, *offers, name="Post", **settings):
    """An account of this carrier; its offers are lists as the module says."""
    registry.CARRIERS["rated"] = PATH
    return CarrierAccount.objects.create(
        workspace=workspace,
        carrier="rated",
        name=name,
        default_service="",
        settings={"offers": [list(offer) for offer in offers], **settings},
        created_at=NOW,
    )
