"""The pretend carrier as a Carrier."""

from typing import Any

import httpx

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
from packbench.connectors.sandbox.client import Client, unreadable
from packbench.connectors.sandbox.messages import (
    Unreadable,
    label_request,
    parse_found,
    parse_label,
    parse_tracking,
)
from packbench.connectors.sandbox.services import SERVICES
from packbench.lib.errors import Unsupported
from packbench.lib.sentences import marked

NO_RATES = marked("The test carrier names a price only when it sells.")
NO_MANIFEST = marked("The test carrier has no form for a driver.")


class SandboxCarrier:
    """Implements Carrier. Posting twice buys twice, so what got lost is looked up by reference."""

    features = frozenset({Feature.RETURNS, Feature.TRACKING, Feature.VOID})
    retry_class = RetryClass.SEARCHABLE
    quarantine_s = 5.0
    limits = Limits(weight_g=30_000, name=0, line=0, city=0, phone=0)  # it hears of no address
    formats = ("pdf",)

    def __init__(self, url: str, key: str, http: httpx.Client) -> None:
        self._client = Client(url, key, http)

    def services(self) -> tuple[Service, ...]:
        return SERVICES

    def rates(self, request: LabelRequest) -> Rates:
        """It names a price only when it sells. Raises Unsupported."""
        raise Unsupported(NO_RATES, code="no_rates")

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        return {}

    def prepare(self, request: LabelRequest) -> Prepared:
        return Prepared()

    def buy(self, request: LabelRequest) -> BoughtLabel:
        body = self._client.buy(label_request(request))
        try:
            return parse_label(body)
        except Unreadable:
            raise unreadable(repeatable=False) from None

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        body = self._client.find(request.reference)
        try:
            return parse_found(body, request.reference)
        except Unreadable:
            raise unreadable(repeatable=True) from None

    def void(self, carrier_label_id: str) -> None:
        """Safe to run again. Raises Rejected where it no longer takes the label back."""
        self._client.void(carrier_label_id)

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        """Return what it says of the parcel; nothing yet of one that it has not seen."""
        body = self._client.track(tracking_number)
        try:
            return parse_tracking(body)
        except Unreadable:
            raise unreadable(repeatable=True) from None

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        raise Unsupported(NO_MANIFEST, code="no_manifest")
