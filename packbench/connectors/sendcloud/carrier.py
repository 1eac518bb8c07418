"""Sendcloud as a Carrier: KEYED, because it takes each reference of ours once.

POST /shipments/announce under a reference that there is already is answered 409 with the shipment
that has it (sendcloud.dev, Shipments, `external_reference_id`; read 2026-11-22). A shipment that
its carrier refused keeps its reference: the next try of the same label goes under the next one.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

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
from packbench.connectors.sendcloud.answers import (
    ManyShipments,
    OneShipment,
    Stage,
    WireOption,
    WireOptions,
    WireParcel,
    WireShipment,
    WireTracking,
    fault_word,
    parcel_of,
    price,
    quote_of,
    rates_of,
    read,
    service_of,
    stage_of,
    tracking_of,
)
from packbench.connectors.sendcloud.asking import (
    MIME,
    needs_customs,
    options_body,
    shipment_body,
    split,
)
from packbench.connectors.sendcloud.statuses import CANCELLED, word_of
from packbench.lib.errors import (
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Unsupported,
)
from packbench.lib.sentences import marked

CONFLICT = 409
MOST_TRIES = 20  # references of one label
CUSTOMS = "customs-declaration"
MAGIC = {"pdf": b"%PDF", "zpl": b"^XA"}
NOT_OFFERED = marked("Sendcloud no longer offers this service. Compare the rates again.")
NOT_SHOWN = marked("Sendcloud has this reference already but does not show its shipment yet.")
ANNOUNCING = marked("Sendcloud is still announcing the parcel to its carrier.")
REFUSED = marked("The carrier refuses the parcel: %(reason)s. Sendcloud shows why.")
TOO_OFTEN = marked(
    "The carrier refused this parcel %(maximum)s times. Choose another carrier or service."
)
NO_LABEL = marked(
    "Sendcloud sold the label but its file could not be fetched. It is fetched again."
)
NO_FORM = marked("Close the day at Sendcloud itself: its API makes no form for the driver.")


class Sendcloud:
    """Implements Carrier. `format` is what labels come in: pdf or zpl."""

    features = frozenset(
        {Feature.CUSTOMS, Feature.PUSH, Feature.RATES, Feature.TRACKING, Feature.VOID}
    )
    retry_class = RetryClass.KEYED
    quarantine_s = 10.0
    limits = Limits(weight_g=1_000_000, name=35, line=35, city=35)
    formats = ("pdf", "zpl")

    def __init__(self, rest: Rest, *, format: str = "pdf") -> None:
        self._rest, self._format = rest, format

    def services(self) -> tuple[Service, ...]:
        """Only rates say what there is for a parcel."""
        return ()

    def rates(self, request: LabelRequest) -> Rates:
        return rates_of(self._options(request), ships_at=request.ships_at)

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Nothing more is asked."""
        return {}

    def prepare(self, request: LabelRequest) -> Prepared:
        """Ask for the price: Sendcloud sells in one step."""
        shipment_body(request, request.reference, format=self._format)  # what lacks is said now
        offered = self._options(request, service=request.service)
        option = next((each for each in offered if _is(each, request.service)), None)
        if option is None:
            raise NotFound(NOT_OFFERED, code="not_offered")
        return Prepared(cost=price(quote_of(option)))

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Announce the parcel under our reference, which Sendcloud takes once. Safe to repeat."""
        for reference in _references(request.reference):
            shipment, is_new = self._announce(request, reference)
            stage = stage_of(shipment)
            if stage is Stage.SOLD:
                return self._bought(shipment, request, is_sure=False)
            if stage is Stage.PENDING:
                raise OutcomeUnknown(ANNOUNCING, code="announcing")
            if is_new:
                reason = fault_word(shipment.errors) or "announcement_failed"
                raise Rejected(REFUSED, code=reason, reason=reason)
        raise Rejected(TOO_OFTEN, code="too_often", maximum=MOST_TRIES)

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Return what was sold under our reference, or None."""
        for reference in _references(request.reference):
            shipment = self._by_reference(reference)
            if shipment is None:
                return None
            stage = stage_of(shipment)
            if stage is Stage.SOLD:
                return self._bought(shipment, request, is_sure=True)
            if stage is Stage.PENDING:
                raise TemporaryError(ANNOUNCING, code="announcing")
        return None

    def void(self, carrier_label_id: str) -> None:
        """Cancel it, at once or when its carrier agrees."""
        path = f"/shipments/{quote(carrier_label_id, safe='')}/cancel"
        try:
            self._rest.call("POST", path, repeatable=True)
        except NotFound:
            raise
        except Rejected:
            if not self._is_cancelled(carrier_label_id):
                raise

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        path = f"/parcels/tracking/{quote(tracking_number, safe='')}"
        said = read(self._rest.call("GET", path, repeatable=True).content, WireTracking)
        if said is None:
            raise self._rest.unreadable(repeatable=True)
        return tracking_of(said)

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        raise Unsupported(NO_FORM, code="no_manifest")

    def _options(self, request: LabelRequest, *, service: str = "") -> list[WireOption]:
        body = options_body(request, service=service)
        answer = self._rest.call("POST", "/shipping-options", body, repeatable=True)
        options = read(answer.content, WireOptions)
        if options is None or options.data is None:
            raise self._rest.unreadable(repeatable=True)
        return options.data

    def _announce(self, request: LabelRequest, reference: str) -> tuple[WireShipment, bool]:
        """Return the shipment of the reference, and whether this call made it."""
        body = shipment_body(request, reference, format=self._format)
        answer = self._rest.call(
            "POST", "/shipments/announce", body, repeatable=False, also={CONFLICT}
        )
        said = read(answer.content, OneShipment)
        if answer.status_code != CONFLICT:
            if said is None or not said.data.parcels:
                raise self._rest.unreadable(repeatable=False)
            return said.data, True
        if said is not None and said.data.external_reference_id == reference:
            return said.data, False
        shipment = self._looked_up(reference)
        if shipment is None:
            raise OutcomeUnknown(NOT_SHOWN, code="not_shown")
        return shipment, False

    def _looked_up(self, reference: str) -> WireShipment | None:
        """The shipment of a reference that is taken: not to know it is no refusal."""
        try:
            return self._by_reference(reference)
        except RemoteError as error:
            raise OutcomeUnknown(NOT_SHOWN, code="not_shown") from error

    def _by_reference(self, reference: str) -> WireShipment | None:
        query = urlencode({"external_reference_id": reference, "page_size": 1})
        said = read(
            self._rest.call("GET", f"/shipments?{query}", repeatable=True).content, ManyShipments
        )
        if said is None or said.data is None:
            raise self._rest.unreadable(repeatable=True)
        same = (each for each in said.data if each.external_reference_id in (reference, None))
        return next(same, None)

    def _is_cancelled(self, shipment_id: str) -> bool:
        path = f"/shipments/{quote(shipment_id, safe='')}"
        said = read(self._rest.call("GET", path, repeatable=True).content, OneShipment)
        if said is None:
            raise self._rest.unreadable(repeatable=True)
        parcel = parcel_of(said.data)
        return bool(parcel and parcel.status and word_of(parcel.status.code) in CANCELLED)

    def _bought(
        self, shipment: WireShipment, request: LabelRequest, *, is_sure: bool
    ) -> BoughtLabel:
        """Collect the files of what was sold. One that does not come leaves it in doubt."""
        parcel = parcel_of(shipment) or WireParcel()
        try:
            files = tuple(self._files(shipment, parcel, request))
        except RemoteError as error:
            kind = TemporaryError if is_sure else OutcomeUnknown
            raise kind(NO_LABEL, code="no_label_file") from error
        carrier = shipment.carrier
        code, name = carrier_words((carrier.name or carrier.code) if carrier else "Sendcloud")
        return BoughtLabel(
            carrier_label_id=shipment.id,
            tracking_number=parcel.tracking_number or "",
            cost=None,  # the answer names none: the offer did
            files=files,
            service=Service(
                code=request.service,
                name=split(request.service)[0],
                channel_code=code,
                channel_name=name,
                channel_method=split(request.service)[0][:60],
            ),
        )

    def _files(
        self, shipment: WireShipment, parcel: WireParcel, request: LabelRequest
    ) -> Iterator[LabelFile]:
        format = _format_of(shipment) or self._format
        content = _decoded(parcel.label_file) or self._document(parcel, "label", format)
        if not content.lstrip().startswith(MAGIC[format]):
            raise self._rest.unreadable(repeatable=True)
        yield LabelFile(format, request.label_size, content)
        kinds = {document.document_type or document.type for document in parcel.documents or ()}
        if CUSTOMS in kinds and needs_customs(request):
            content = self._document(parcel, CUSTOMS, "pdf")
            if not content.startswith(MAGIC["pdf"]):
                raise self._rest.unreadable(repeatable=True)
            yield LabelFile("pdf", "a4", content, "customs")

    def _document(self, parcel: WireParcel, kind: str, format: str) -> bytes:
        """Fetch a paper from Sendcloud itself, wherever its link may lead."""
        path = f"/parcels/{parcel.id}/documents/{kind}"
        return self._rest.call("GET", path, repeatable=True, accept=MIME[format]).content


def _references(reference: str) -> Iterator[str]:
    """What a label is called at Sendcloud: the first is ours, a refused one uses it up."""
    yield reference
    for number in range(2, MOST_TRIES + 1):
        yield f"{reference}-{number}"


def _is(option: WireOption, service: str) -> bool:
    code, contract = split(service)
    return service_of(option) == service or (not contract and option.code == code)


def _format_of(shipment: WireShipment) -> str:
    kind = shipment.label_details.mime_type if shipment.label_details else ""
    return next((format for format, mime in MIME.items() if mime == kind), "")


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return b""
