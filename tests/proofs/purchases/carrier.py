"""The shop of labels as a Carrier of any retry class."""

from decimal import Decimal

import msgspec

from packbench.carriers.base import (
    BoughtLabel,
    Feature,
    LabelFile,
    Limits,
    Prepared,
    RetryClass,
    Service,
)
from packbench.lib.errors import Rejected, TemporaryError
from packbench.lib.http import new_client, send
from packbench.lib.money import Money
from tests.proofs.purchases.shop import PDF

QUARANTINE_S = 3.0  # longer than the shop's longest lag


class ProofCarrier:
    features = frozenset({Feature.VOID})
    limits = Limits(weight_g=30_000)
    formats = ("pdf",)
    quarantine_s = QUARANTINE_S

    def __init__(self, url, kind):
        self.retry_class = RetryClass(kind)
        self._url = f"{url}/{kind}"
        self._http = new_client()

    def services(self):
        return (Service(code="standard", name="Standard", channel_code="DHL"),)

    def prepare(self, request):
        if self.retry_class is not RetryClass.TWO_PHASE:
            return Prepared(cost=Money(Decimal("4.20"), "EUR"))
        said = self._call("POST", "/tickets", {}, repeatable=True)
        return Prepared(ticket=said["ticket"], cost=Money(Decimal(said["price"]), "EUR"))

    def buy(self, request):
        given = {"reference": request.reference, "ticket": request.ticket}
        try:
            return _bought(self._call("POST", "/labels", given, repeatable=False))
        except Rejected as refusal:
            if refusal.code != "sold":
                raise
            found = self.find(request)
            if found is None:
                raise TemporaryError("It is not shown yet.", code="not_shown") from None
            return found

    def find(self, request):
        if self.retry_class is RetryClass.BLIND:
            return None
        name = "ticket" if self.retry_class is RetryClass.TWO_PHASE else "reference"
        value = getattr(request, name)
        labels = self._call("GET", f"/labels?{name}={value}", None, repeatable=True)["labels"]
        return _bought(labels[0]) if labels else None

    def _call(self, method, path, said, *, repeatable):
        content = None if said is None else msgspec.json.encode(said)
        request = self._http.build_request(method, self._url + path, content=content)
        answer = send(self._http, request, repeatable=repeatable)
        body = msgspec.json.decode(answer.content)
        if answer.status_code != 200:
            raise Rejected("Refused.", code=body["code"])
        return body


def open_carrier(opening):
    return ProofCarrier(opening.settings["url"], opening.settings["kind"])


def _bought(said):
    return BoughtLabel(
        carrier_label_id=said["label_id"],
        tracking_number=said["tracking_number"],
        cost=None,
        files=(LabelFile("pdf", "4x6in", PDF.encode()),),
    )
