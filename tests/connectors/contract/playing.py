"""Each carrier with its sandbox: how it is opened, what parcel it takes, what its ledger says.

A carrier joins the contract by a row in PLAYERS.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from itertools import count

from packbench.carriers.base import CarrierSecrets, Contents, LabelRequest, Opening, Source
from packbench.channels.base import Credentials
from packbench.connectors.amazon.merchant import opening as merchant
from packbench.connectors.amazon.shipping import opening as shipping
from packbench.connectors.easypost import opening as easypost
from packbench.connectors.karrio import opening as karrio
from packbench.connectors.local import opening as local
from packbench.connectors.sandbox import opening as sandbox_parcel
from packbench.connectors.sendcloud import opening as sendcloud
from packbench.lib.addresses import Address
from packbench.lib.marketplaces import by_country
from packbench_sandbox.carrier.selling import KEY
from packbench_sandbox.easypost.selling import KEY as EASYPOST_KEY
from packbench_sandbox.sendcloud.selling import PUBLIC
from packbench_sandbox.sendcloud.selling import SECRET as SENDCLOUD_SECRET
from packbench_sandbox.ups.selling import CLIENT_ID, CLIENT_SECRET
from tests.connectors.karrio.environment import karrio_python

START = 1_795_000_000
BUYER = "Zaphodina Quexwold-Grünbaum"  # nobody else is called so
SECRET = "s3cret-nobody-may-read"
_numbers = count(1)


class FreeBuckets:
    """A quota without end: what Amazon itself allows is tested elsewhere."""

    def take(self, key, *, rate, burst):
        return 0.0

    def learn(self, key, *, rate):
        pass

    def empty(self, key, *, rate):
        pass


@dataclass(frozen=True)
class Player:
    """One carrier. `country` is where its parcels leave from and go to.

    `sells` is the sandbox's operation that sells, `price_list` where it keeps its prices: rows
    with numbers, or a function. `interpreter` makes the environment that its connector runs in.
    """

    name: str
    opener: object
    country: str
    service: str
    secrets: dict
    is_amazons: bool = False
    sells: str = ""
    price_list: str = ""
    settings: dict = field(default_factory=dict)
    interpreter: object = str

    def open(self, sandbox, *, is_good=True, at=""):
        """Its carrier, with credentials that it takes or with others, there or at an address."""
        credentials = None
        if self.is_amazons:
            facts = sandbox.authorize("europe")
            facts["region"] = facts["region"].lower()
            if not is_good:
                facts["refresh_token"] = f"Atzr|{SECRET}"
            credentials = Credentials(**facts)
        values = self.secrets if is_good else dict.fromkeys(self.secrets, SECRET)
        return self.opener.open_carrier(
            Opening(
                settings=values | self.settings,
                secrets=CarrierSecrets(values=values),
                sandbox_url=at or sandbox.url,
                credentials=credentials,
                buckets=FreeBuckets() if credentials else None,
                interpreter=self.interpreter(),
            )
        )

    def request(self, sandbox, **changes):
        """A parcel that nobody asked for before."""
        number = next(_numbers)
        order_id, source = f"402-{number:07}-0000001", None
        contents = (Contents(sku="MUG", title="Mug", quantity=1, item_id="1"),)
        if self.is_amazons:
            order = sandbox.world.create_order("europe", country=self.country)
            order_id = order.id
            market = by_country(self.country).id
            source = Source(order_id=order.id, marketplace_id=market, channel="amazon")
            contents = tuple(
                Contents(sku="MUG", title="Mug", quantity=quantity, item_id=item)
                for item, quantity in order.quantities.items()
            )
        values = {
            "reference": f"lbl_{number}",
            "order_number": order_id,
            "service": self.service,
            "ship_from": place(self.country, company="Casa Marina"),
            "ship_from_email": "desk@example.com",
            "ship_to": place(self.country, name=BUYER),
            "weight_g": 900,
            "size_mm": (250, 180, 95),
            "ships_at": datetime.fromtimestamp(START, UTC),
            "contents": contents,
            "source": source,
        }
        return LabelRequest(**{**values, **changes})

    def sold(self, sandbox, request):
        """The sales of this parcel by the ledger."""
        return [
            entry
            for entry in sandbox.ledger.labels()
            if entry["reference"] == request.reference
            or (request.source and entry.get("order_id") == request.source.order_id)
        ]

    def give_away(self, monkeypatch):
        """Let everything cost 0.00 from now on."""
        module, _, name = self.price_list.rpartition(".")
        prices = getattr(import_module(module), name)
        free = _free(prices) if isinstance(prices, tuple) else lambda *_: Decimal(0)
        monkeypatch.setattr(self.price_list, free)

    @property
    def has_ledger(self):
        """Whether anybody sells anything: own labels are drawn here."""
        return bool(self.sells)


def _free(rows):
    return tuple(tuple(map(_without_price, row)) for row in rows)


def _without_price(cell):
    """A price is a number with a point; a text that is one, too."""
    if isinstance(cell, tuple):
        return tuple(map(_without_price, cell))
    if isinstance(cell, str) and re.fullmatch(r"\d+\.\d\d", cell):
        return "0.00"
    return 0.0 if isinstance(cell, float) else cell


def place(country, **who):
    where = {
        "US": {"line1": "1 Main St", "city": "Ames", "state": "IA", "postal_code": "50010"},
        "DE": {"line1": "Hafenstr. 8", "city": "Hamburg", "postal_code": "20457"},
        "NL": {"line1": "Stadhuisplein 10", "city": "Eindhoven", "postal_code": "5611 EM"},
        "ES": {"line1": "Calle Mayor 8", "city": "Valencia", "postal_code": "46024"},
    }[country]
    return Address(country=country, phone="+34 960 000 000", **where, **who)


PLAYERS = (
    Player("local", local, "ES", "standard", {}),
    Player(
        "sandbox",
        sandbox_parcel,
        "DE",
        "standard",
        {"key": KEY},
        sells="buyLabel",
        price_list="packbench_sandbox.carrier.selling._price",
    ),
    Player(
        "amazon_shipping",
        shipping,
        "ES",
        "UPS_GROUND",
        {},
        is_amazons=True,
        sells="purchaseShipment",
        price_list="packbench_sandbox.amazon.shipping.SERVICES",
    ),
    Player(
        "amazon_merchant",
        merchant,
        "DE",
        "DHL_PAKET",
        {},
        is_amazons=True,
        sells="createShipment",
        price_list="packbench_sandbox.amazon.merchant.SERVICES",
    ),
    Player(
        "easypost",
        easypost,
        "US",
        "USPS/GroundAdvantage",
        {"key": EASYPOST_KEY},
        sells="easypost.buy",
        price_list="packbench_sandbox.easypost.selling.SERVICES",
    ),
    Player(
        "sendcloud",
        sendcloud,
        "NL",
        "postnl:standard@517",
        {"public": PUBLIC, "secret": SENDCLOUD_SECRET},
        sells="sendcloud.announce",
        price_list="packbench_sandbox.sendcloud.selling.OPTIONS",
    ),
    Player(
        "karrio",
        karrio,
        "US",
        "ups_ground",
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "account_number": "SHIPPER-77"},
        sells="ups.ship",
        price_list="packbench_sandbox.ups.selling.SERVICES",
        settings={"carrier": "ups", "format": "zpl"},
        interpreter=karrio_python,
    ),
)
