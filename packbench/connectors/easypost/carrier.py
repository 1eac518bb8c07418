"""EasyPost as a Carrier: TWO_PHASE, because a shipment of theirs is bought once."""

from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from packbench.carriers.base import (
    BoughtLabel,
    Feature,
    LabelFile,
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
from packbench.connectors.calling import Rest
from packbench.connectors.easypost.answers import (
    WireForm,
    WireLabel,
    WireShipment,
    WireTracking,
    price,
    rates_of,
    read,
    service_code,
    tracking_of,
)
from packbench.connectors.easypost.asking import shipment_body
from packbench.lib.errors import NotFound, OutcomeUnknown, Rejected, TemporaryError
from packbench.lib.http import send
from packbench.lib.sentences import marked

LABEL_HOSTS = ("easypost-files.s3.amazonaws.com", "easypost-files.s3.us-west-2.amazonaws.com")
MOST_LABEL_BYTES = 8 * 1024 * 1024
FORM_WAIT_S = 20.0
SOLD = "SHIPMENT.POSTAGE.EXISTS"
NOT_OFFERED = marked("EasyPost no longer offers this service. Compare the rates again.")
NOT_SHOWN = marked("EasyPost sold the label but does not show it yet.")
NO_LABEL = marked("EasyPost sold the label but its file could not be fetched. It is fetched again.")
IN_THE_MAKING = marked("EasyPost is still making the form. It is fetched as soon as it is there.")
FORM_FAILED = marked("EasyPost could not make the form. Print our own list for the driver instead.")
ON_OTHER_FORM = marked("Some of these parcels are on another form of EasyPost's already.")


class Ticket(Struct, frozen=True):
    """A shipment of EasyPost's and the rate of it that is bought."""

    shipment: str
    rate: str


class EasyPost:
    """Implements Carrier. `label_hosts` are the hosts that label files may come from."""

    features = frozenset(
        {
            Feature.CUSTOMS,
            Feature.MANIFEST,
            Feature.PUSH,
            Feature.RATES,
            Feature.RETURNS,
            Feature.TRACKING,
            Feature.VOID,
        }
    )
    retry_class = RetryClass.TWO_PHASE
    quarantine_s = 10.0
    limits = Limits(weight_g=68_000, name=35, line=35, city=35)
    formats = ("pdf",)

    def __init__(
        self, rest: Rest, http: httpx.Client, *, label_hosts: tuple[str, ...] = LABEL_HOSTS
    ) -> None:
        self._rest, self._http, self._label_hosts = rest, http, label_hosts

    def services(self) -> tuple[Service, ...]:
        """Only rates say what there is for a parcel."""
        return ()

    def rates(self, request: LabelRequest) -> Rates:
        return rates_of(self._create(request))

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Nothing more is asked."""
        return {}

    def prepare(self, request: LabelRequest) -> Prepared:
        """Make the shipment there; nothing is paid until its rate is bought."""
        shipment = self._create(request)
        rate = next(
            (each for each in shipment.rates if service_code(each) == request.service), None
        )
        if rate is None:
            raise NotFound(NOT_OFFERED, code="not_offered")
        ticket = Ticket(shipment=shipment.id, rate=rate.id)
        return Prepared(ticket=msgspec.json.encode(ticket).decode(), cost=price(rate))

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Buy the rate of the ticket's shipment, which EasyPost sells once."""
        ticket = msgspec.json.decode(request.ticket, type=Ticket)
        body: dict[str, Any] = {"rate": {"id": ticket.rate}}
        if request.options.insured:
            body["insurance"] = str(request.options.insured.amount)
        path = f"/v2/shipments/{quote(ticket.shipment, safe='')}/buy"
        try:
            answer = self._rest.call("POST", path, body, repeatable=False)
        except Rejected as refusal:
            if refusal.code != SOLD:
                raise
            found = self.find(request)
            if found is None:
                raise OutcomeUnknown(NOT_SHOWN, code="not_shown") from None
            return found
        shipment = read(answer.content, WireShipment)
        if shipment is None:
            raise self._rest.unreadable(repeatable=False)
        return self._bought(shipment, request, is_sure=False)

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Return what was bought of the ticket's shipment, or None."""
        ticket = msgspec.json.decode(request.ticket, type=Ticket)
        shipment = self._shipment(ticket.shipment)
        if not shipment.tracking_code or shipment.postage_label is None:
            return None
        return self._bought(shipment, request, is_sure=True)

    def void(self, carrier_label_id: str) -> None:
        path = f"/v2/shipments/{quote(carrier_label_id, safe='')}/refund"
        try:
            self._rest.call("POST", path, repeatable=True)
        except Rejected:
            if not self._shipment(carrier_label_id).refund_status:
                raise

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        """Return what EasyPost's own tracker of the shipment says; nothing where it has none."""
        shipment = self._shipment(carrier_label_id)
        if shipment.tracker is None or not shipment.tracker.id:
            return Tracking()
        path = f"/v2/trackers/{quote(shipment.tracker.id, safe='')}"
        said = read(self._rest.call("GET", path, repeatable=True).content, WireTracking)
        if said is None:
            raise self._rest.unreadable(repeatable=True)
        return tracking_of(said)

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        """Make a scan form of these shipments, which EasyPost puts on one form only.

        A form that they are on already is that form, if it is of them alone. Raises Rejected.
        """
        form = self._form_of(carrier_label_ids[0])
        if form is None:
            form = self._make_form(carrier_label_ids)
        if form.status == "failed":
            raise Rejected(FORM_FAILED, code="form_failed")
        if len(form.tracking_codes or ()) not in (0, len(carrier_label_ids)):
            raise Rejected(ON_OTHER_FORM, code="on_other_form")
        if form.status != "created" or not form.form_url:
            raise TemporaryError(IN_THE_MAKING, code="form_in_the_making", retry_after=FORM_WAIT_S)
        content = self._download(form.form_url)
        return Manifested(
            carrier_manifest_id=form.id, files=(LabelFile("pdf", "", content, "manifest"),)
        )

    def _form_of(self, shipment_id: str) -> WireForm | None:
        """The form that a shipment is on, as it is now."""
        on = self._shipment(shipment_id).scan_form
        if on is None:
            return None
        path = f"/v2/scan_forms/{quote(on.id, safe='')}"
        form = read(self._rest.call("GET", path, repeatable=True).content, WireForm)
        if form is None:
            raise self._rest.unreadable(repeatable=True)
        return form

    def _make_form(self, shipment_ids: tuple[str, ...]) -> WireForm:
        body = {"shipments": [{"id": each} for each in shipment_ids]}
        try:
            answer = self._rest.call("POST", "/v2/scan_forms", body, repeatable=False)
        except Rejected as refusal:
            if "MANIFESTED" not in refusal.code:
                raise
            form = self._form_of(shipment_ids[0])
            if form is None:  # made a moment ago, and not shown yet
                raise TemporaryError(IN_THE_MAKING, code="form_in_the_making") from None
            return form
        form = read(answer.content, WireForm)
        if form is None:
            raise self._rest.unreadable(repeatable=False)
        return form

    def _create(self, request: LabelRequest) -> WireShipment:
        answer = self._rest.call("POST", "/v2/shipments", shipment_body(request), repeatable=True)
        shipment = read(answer.content, WireShipment)
        if shipment is None:
            raise self._rest.unreadable(repeatable=True)
        return shipment

    def _shipment(self, shipment_id: str) -> WireShipment:
        path = f"/v2/shipments/{quote(shipment_id, safe='')}"
        shipment = read(self._rest.call("GET", path, repeatable=True).content, WireShipment)
        if shipment is None:
            raise self._rest.unreadable(repeatable=True)
        return shipment

    def _bought(
        self, shipment: WireShipment, request: LabelRequest, *, is_sure: bool
    ) -> BoughtLabel:
        """Fetch the file of what was bought. A file that does not come leaves it in doubt."""
        rate = shipment.selected_rate
        if not shipment.tracking_code or shipment.postage_label is None:
            raise self._rest.unreadable(repeatable=is_sure)
        try:
            content = self._file(shipment.postage_label)
        except (TemporaryError, Rejected) as error:
            kind = TemporaryError if is_sure else OutcomeUnknown
            raise kind(NO_LABEL, code="no_label_file") from error
        code, name = carrier_words(rate.carrier if rate else self._rest.carrier)
        return BoughtLabel(
            carrier_label_id=shipment.id,
            tracking_number=shipment.tracking_code,
            cost=price(rate) if rate else None,
            files=(LabelFile("pdf", request.label_size, content),),
            deliver_at=rate.delivery_date if rate else None,
            service=Service(
                code=request.service,
                name=rate.service if rate else request.service,
                channel_code=code,
                channel_name=name,
                channel_method=rate.service if rate else "",
            ),
        )

    def _file(self, label: WireLabel) -> bytes:
        return self._download(label.label_pdf_url or label.label_url or "")

    def _download(self, url: str) -> bytes:
        """Fetch a PDF of EasyPost's own storage, which wants no key."""
        parts = urlsplit(url)
        if parts.hostname not in self._label_hosts:
            raise Rejected(NO_LABEL, code="no_label_file")
        answer = send(
            self._http,
            self._http.build_request("GET", url),
            repeatable=True,
            most_bytes=MOST_LABEL_BYTES,
        )
        if not answer.is_success or not answer.content.startswith(b"%PDF"):
            raise TemporaryError(NO_LABEL, code="no_label_file")
        return answer.content
