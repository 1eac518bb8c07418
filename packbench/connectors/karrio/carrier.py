"""Karrio's carriers as a Carrier: BLIND, because Karrio looks nothing up by a reference of ours.

Of what its extensions cover, none asks a carrier for the shipment of a reference, and few carriers
take a key that they sell once: a purchase whose answer got lost comes to a person.
"""

import re
from collections.abc import Iterable
from typing import Any, NoReturn

from packbench.carriers.base import (
    BoughtLabel,
    Feature,
    LabelRequest,
    Limits,
    Manifested,
    Prepared,
    Rates,
    RetryClass,
    Service,
    Tracking,
)
from packbench.carriers.naming import carrier_words
from packbench.connectors.calling import UNKNOWN_THERE
from packbench.connectors.karrio.answers import (
    LOST,
    NOT_POSSIBLE,
    WireConfirmation,
    WireRate,
    WireShipment,
    WireTracking,
    error_of,
    files_of,
    is_void_already,
    name_of,
    price,
    rates_of,
    read,
    tracking_of,
)
from packbench.connectors.karrio.asking import rate_request, shipment_request
from packbench.connectors.karrio.children import Busy, Frame, Lost, NotInstalled, ask
from packbench.connectors.karrio.describing import NOT_ANSWERING, NOT_INSTALLED, Described
from packbench.lib import http
from packbench.lib.errors import (
    NotFound,
    OutcomeUnknown,
    RemoteError,
    TemporaryError,
    Unsupported,
)
from packbench.lib.sentences import marked

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")  # it becomes part of an address
NOT_OFFERED = marked("%(carrier)s no longer offers this service. Compare the rates again.")
NO_LABEL = marked("%(carrier)s sold the label but sent no file that can be read.")
NO_FORM = marked("Close the day with our own list: Karrio makes no form for the driver here.")


class Karrio:
    """Implements Carrier for one of Karrio's carriers. `code` and `known` say which.

    `settings` are the extension's own, secrets among them. `base` is where a sandbox plays the
    carrier's hosts.
    """

    retry_class = RetryClass.BLIND
    quarantine_s = 30.0
    limits = Limits(weight_g=70_000, name=35, line=35, city=30)
    formats = ("pdf", "zpl")

    def __init__(
        self,
        python: str,
        code: str,
        known: Described,
        settings: dict[str, Any],
        *,
        format: str = "pdf",
        base: str = "",
    ) -> None:
        self._python, self._code, self._known, self._settings = python, code, known, settings
        self._format, self._base = format, base

    @property
    def features(self) -> frozenset[Feature]:
        return self._known.features

    def services(self) -> tuple[Service, ...]:
        return tuple(self._service(code) for code in self._known.services)

    def rates(self, request: LabelRequest) -> Rates:
        """What the carrier names, or its services without prices where it names none."""
        known = self._known
        said = [WireRate(service=code) for code in known.services]
        if known.has_live_rates:
            said = self._rates(request)
        return rates_of(said, carrier=known.name, names=known.services, ships_at=request.ships_at)

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Nothing more is asked."""
        return {}

    def prepare(self, request: LabelRequest) -> Prepared:
        """Ask for the price where the carrier is asked for prices: it sells in one step."""
        self._shipment(request)  # what lacks is said now
        if not self._known.has_live_rates:
            return Prepared()
        offers = self._rates(request)
        offer = next((each for each in offers if each.service == request.service), None)
        if offer is None:
            raise NotFound(NOT_OFFERED, code="not_offered", carrier=self._known.name)
        return Prepared(cost=price(offer))

    def buy(self, request: LabelRequest) -> BoughtLabel:
        private = request.ship_to.words
        frame = self._ask("buy", self._shipment(request), repeatable=False)
        sold = read(frame, WireShipment)
        if sold is None:
            raise self._error(frame, repeatable=False, private=private)
        files = files_of(sold.docs, request.label_size)
        if not (files and sold.tracking_number):
            raise OutcomeUnknown(NO_LABEL, code="no_label_file", carrier=self._known.name)
        return BoughtLabel(
            carrier_label_id=sold.shipment_identifier,
            tracking_number=sold.tracking_number,
            cost=price(sold.selected_rate),
            files=files,
            service=self._service(request.service),
        )

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Nobody can be asked: that nothing is found says nothing."""
        return None

    def void(self, carrier_label_id: str) -> None:
        if not self._known.can_void:
            self._cannot()
        given = {"shipment_identifier": self._number(carrier_label_id)}
        frame = self._ask("void", given, repeatable=True)
        done = read(frame, WireConfirmation)
        if not (done and done.success) and not is_void_already(frame.messages):
            raise self._error(frame, repeatable=True)

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        if not self._known.can_track:
            self._cannot()
        given = {"tracking_numbers": [self._number(tracking_number)]}
        frame = self._ask("track", given, repeatable=True)
        said = read(frame, list[WireTracking])
        if not said and (error := self._trouble(frame)):
            raise error
        return tracking_of(said or [])

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        raise Unsupported(NO_FORM, code="no_manifest")

    def _rates(self, request: LabelRequest) -> list[WireRate]:
        frame = self._ask("rates", rate_request(request, self._known.options), repeatable=True)
        said = read(frame, list[WireRate])
        if not said and (error := self._trouble(frame, private=request.ship_to.words)):
            raise error
        return said or []

    def _shipment(self, request: LabelRequest) -> dict[str, Any]:
        return shipment_request(request, self._known.options, format=self._format)

    def _trouble(self, frame: Frame, *, private: Iterable[str] = ()) -> RemoteError | None:
        """Why there is nothing, where that is not simply the answer."""
        is_well = frame.calls and all(200 <= (each.status or 0) < 300 for each in frame.calls)
        if is_well and not frame.messages and not frame.fault:
            return None
        return self._error(frame, repeatable=True, private=private)

    def _error(self, frame: Frame, *, repeatable: bool, private: Iterable[str] = ()) -> RemoteError:
        texts = (each for each in self._settings.values() if isinstance(each, str))
        words = (*private, *texts)
        return error_of(frame, carrier=self._known.name, repeatable=repeatable, private=words)

    def _ask(self, op: str, given: dict[str, Any], *, repeatable: bool) -> Frame:
        question = {
            "op": op,
            "carrier": self._code,
            "settings": self._settings,
            "given": given,
            "base": self._base,
        }
        try:
            return ask(self._python, question, seconds=http.DEADLINE_S)
        except NotInstalled:
            raise Unsupported(NOT_INSTALLED, code="karrio_missing") from None
        except Busy:
            raise TemporaryError(NOT_ANSWERING, code="karrio_silent") from None
        except Lost as loss:
            kind = TemporaryError if repeatable or not loss.was_going else OutcomeUnknown
            raise kind(LOST, code="answer_lost", carrier=self._known.name) from None

    def _service(self, code: str) -> Service:
        name = name_of(code, self._known.services.get(code, ""))
        channel_code, channel_name = carrier_words(self._known.name)
        return Service(
            code=code,
            name=name,
            channel_code=channel_code,
            channel_name=channel_name,
            channel_method=name[:60],
        )

    def _number(self, given: str) -> str:
        if not NUMBER.fullmatch(given):
            raise NotFound(UNKNOWN_THERE, code="not_found", carrier=self._known.name)
        return given

    def _cannot(self) -> NoReturn:
        raise Unsupported(NOT_POSSIBLE, code="not_possible", carrier=self._known.name)
