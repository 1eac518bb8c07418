"""The seller as a carrier: labels drawn here, prices from the seller's own table."""

from typing import Any

from msgspec import structs

from packbench.carriers.base import (
    BoughtLabel,
    Feature,
    LabelFile,
    LabelRequest,
    Limits,
    Manifested,
    NoRate,
    Prepared,
    Rate,
    Rates,
    RetryClass,
    Service,
    Tracking,
)
from packbench.carriers.rate_table import PART_WORDS, RateTable
from packbench.connectors.local.layout import laid_out
from packbench.connectors.local.pdf import pdf_of
from packbench.connectors.local.services import own_services
from packbench.connectors.local.tracking import PREFIX, tracking_number
from packbench.connectors.local.zpl import DPI, zpl_of
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected, Unsupported
from packbench.lib.money import Money
from packbench.lib.sentences import marked

BAD_PREFIX = marked("The prefix of tracking numbers must be two to four capital letters, A to Z.")
BAD_DPI = marked("The label printer's resolution must be 203 or 300 dpi.")
BAD_NAME = marked("The carrier name must be at most %(maximum)s characters long.")
NOT_TRACKED = marked("Nobody scans the parcels of your own delivery on their way.")
NO_MANIFEST = marked("Your own delivery needs no form for a driver.")
NO_REFERENCE = marked("The shipment needs a reference before a label can be drawn.")
NO_SERVICE = marked("Choose one of the services %(known)s.")
NO_WEIGHT = marked("Enter the parcel's weight in grams, with packaging.")
TOO_HEAVY = marked("The parcel weighs more than %(maximum)s g: split it or choose another carrier.")
INCOMPLETE = marked("Complete the %(which)s address: %(missing)s is missing.")
SHIP_FROM, SHIP_TO = marked("ship-from"), marked("ship-to")
NAME = marked("the name or company")
FIRST_LINE = marked("the first address line")
COUNTRY = marked("the country")
MAX_NAME = 40
Parts = tuple[tuple[str, Money], ...]


class LocalCarrier:
    """Implements Carrier. All of a label follows from the request: buying again is harmless."""

    features = frozenset({Feature.RATES, Feature.RETURNS, Feature.VOID})
    retry_class = RetryClass.KEYED
    quarantine_s = 0.0
    formats = ("pdf", "zpl")

    def __init__(
        self,
        rates: RateTable | None = None,
        *,
        prefix: str = "PB",
        carrier_name: str = "",
        dpi: int = 203,
    ) -> None:
        """Raises Rejected for a prefix, a name or a resolution that labels cannot have."""
        _refuse_unless(PREFIX.fullmatch(prefix), BAD_PREFIX, "bad_prefix")
        _refuse_unless(dpi in DPI, BAD_DPI, "bad_dpi")
        _refuse_unless(
            len(carrier_name) <= MAX_NAME, BAD_NAME, "bad_carrier_name", maximum=MAX_NAME
        )
        self.table = rates or RateTable()
        # Lines of any length: the drawing makes letters smaller.
        self.limits = Limits(weight_g=self.table.max_weight_g, name=0, line=0, city=0, phone=0)
        self._prefix, self._dpi = prefix, dpi
        self._services = own_services(carrier_name)

    def services(self) -> tuple[Service, ...]:
        return self._services

    def rates(self, request: LabelRequest) -> Rates:
        """Return the seller's own prices; a service that cannot take the parcel says why."""
        offers: list[Rate] = []
        refused: list[NoRate] = []
        for service in self._services:
            try:
                wanted = structs.replace(request, service=service.code)
                cost = self.quote(wanted)
            except Rejected as refusal:
                refused.append(_no_rate(service, refusal.code))
            else:
                offers.append(_rate(service, cost, self.table.parts(wanted)))
        return Rates(offers=tuple(offers), refused=tuple(refused))

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Nothing more is asked."""
        return {}

    def prepare(self, request: LabelRequest) -> Prepared:
        """Return the price: there is nothing to prepare."""
        return Prepared(cost=self.quote(request))

    def quote(self, request: LabelRequest) -> Money | None:
        """Return the seller's own price, or None where the table has none."""
        request = _as_it_goes(request)
        self._check(request)
        return self.table.cost(request)

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Draw the label. Safe to run again: the same request gives the same label."""
        request = _as_it_goes(request)
        _refuse_unless(request.reference, NO_REFERENCE, "no_reference")
        cost = self.quote(request)
        number = tracking_number(request.reference, prefix=self._prefix)
        drawing = laid_out(request, self._service(request.service), number)
        pdf = pdf_of(drawing)
        zpl = [
            LabelFile("zpl", request.label_size, zpl_of(drawing, pdf, dpi=dpi), dpi=dpi)
            for dpi in sorted(DPI, key=lambda dpi: dpi != self._dpi)
        ]
        return BoughtLabel(
            carrier_label_id=number,
            tracking_number=number,
            cost=cost,
            files=(LabelFile("pdf", request.label_size, pdf), *zpl),
        )

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Return the label of the reference: there is always one, drawn when asked for."""
        return self.buy(request)

    def void(self, carrier_label_id: str) -> None:
        """Nothing was sold and nothing is kept, so there is nothing to take back."""

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        """Nobody scans these parcels on the way. Raises Unsupported."""
        raise Unsupported(NOT_TRACKED, code="not_tracked")

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        """Nobody signs for the seller's own parcels. Raises Unsupported."""
        raise Unsupported(NO_MANIFEST, code="no_manifest")

    def _service(self, code: str) -> Service:
        found = next((service for service in self._services if service.code == code), None)
        if found is None:
            known = ", ".join(service.code for service in self._services)
            raise Rejected(NO_SERVICE, code="unknown_service", known=known)
        return found

    def _check(self, request: LabelRequest) -> None:
        self._service(request.service)
        _refuse_unless(request.weight_g > 0, NO_WEIGHT, "no_weight")
        is_light = request.weight_g <= self.limits.weight_g
        _refuse_unless(is_light, TOO_HEAVY, "too_heavy", maximum=self.limits.weight_g)
        _check_address(request.ship_from, SHIP_FROM)
        _check_address(request.ship_to, SHIP_TO)


def _as_it_goes(request: LabelRequest) -> LabelRequest:
    """The request with the addresses as the parcel goes: back, where it is a return."""
    if not request.is_return:
        return request
    return structs.replace(
        request, ship_from=request.ship_to, ship_to=request.ship_from, is_return=False
    )


def _rate(service: Service, cost: Money | None, parts: Parts) -> Rate:
    return Rate(
        service=service.code,
        name=service.name,
        carrier_name=service.channel_name,
        cost=cost,
        parts=tuple((PART_WORDS[what], money) for what, money in parts),
        group=service.group,
        is_tracked=False,
    )


def _no_rate(service: Service, reason: str) -> NoRate:
    return NoRate(
        service=service.code,
        name=service.name,
        carrier_name=service.channel_name,
        reasons=(reason,),
    )


def _check_address(address: Address, which: str) -> None:
    needs = {
        NAME: address.name + address.company,
        FIRST_LINE: address.line1,
        COUNTRY: address.country,
    }
    missing = next((what for what, value in needs.items() if not value.strip()), "")
    _refuse_unless(not missing, INCOMPLETE, "address_incomplete", which=which, missing=missing)


def _refuse_unless(met: object, text: str, code: str, **values: str | int) -> None:
    if not met:
        raise Rejected(text, code=code, request_id="", **values)
