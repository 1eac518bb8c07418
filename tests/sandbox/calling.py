"""A small client that holds every answer of the sandbox against Amazon's models."""

import httpx

from packbench_sandbox import Sandbox

from . import oracle

START = 1_800_000_000.0
EVERYTHING = (
    "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,"
    "FULFILLMENT_ORDERS"
)
ALL_TIME = "2020-01-01T00:00:00Z"


def make_sandbox(**options):
    """A small world whose clock stands still, and where nothing is throttled."""
    return Sandbox(
        **{
            "clock": START,
            "orders_per_store": 8,
            "arrivals_per_hour": 0,
            "rate_scale": 1e6,
            **options,
        }
    )


class Caller:
    """One application acting for one seller."""

    def __init__(self, sandbox, seller, application="demo"):
        self.sandbox, self.seller = sandbox, sandbox.world.seller(seller)
        self.credentials = sandbox.authorize(seller, application)
        self.http = httpx.Client(base_url=sandbox.url, timeout=10, verify=False)
        self.refresh()

    def refresh(self):
        self.token = self.ask_token().json()["access_token"]

    def ask_token(self, **changes):
        known = ("refresh_token", "client_id", "client_secret")
        form = {"grant_type": "refresh_token", **{name: self.credentials[name] for name in known}}
        return self.http.post("/auth/o2/token", data={**form, **changes})

    def call(self, method, path, region=None, headers=None, **options):
        region = region or self.seller.region.lower()
        headers = {"x-amz-access-token": self.token, **(headers or {})}
        answer = self.http.request(method, f"/{region}{path}", headers=headers, **options)
        if oracle.is_here() and "json" in answer.headers.get("content-type", "json"):
            oracle.check_answer(method, path, answer.status_code, answer.content)
        return answer

    def search(self, **parameters):
        if not any("After" in name for name in parameters):
            parameters["lastUpdatedAfter"] = ALL_TIME
        return self.call("GET", "/orders/2026-01-01/orders", params=parameters)

    def pages(self, **parameters):
        """All pages of a search, one after the other."""
        answer = self.search(**parameters).json()
        yield answer
        while token := answer.get("pagination", {}).get("nextToken"):
            answer = self.search(**parameters, paginationToken=token).json()
            yield answer

    def order(self, order_id, included=EVERYTHING):
        answer = self.call(
            "GET", f"/orders/2026-01-01/orders/{order_id}", params={"includedData": included}
        )
        return answer.json()["order"]

    def confirm(self, order, *, marketplace_id=None, **changes):
        """Confirm one package with all that the order still holds, changed as told."""
        detail = {
            "packageReferenceId": "1",
            "carrierCode": "Correos",
            "shippingMethod": "Paq 48",
            "trackingNumber": "PK123",
            "shipDate": "2027-01-15T08:00:00Z",
            "orderItems": [
                {"orderItemId": item, "quantity": units} for item, units in order.quantities.items()
            ],
            **changes,
        }
        detail = {name: value for name, value in detail.items() if value is not None}
        body = {"marketplaceId": marketplace_id or order.marketplace_id, "packageDetail": detail}
        return self.post_confirmation(order.id, body)

    def post_confirmation(self, order_id, body):
        return self.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", json=body)


def complaint(answer):
    """Status, code and message of the first error."""
    error = answer.json()["errors"][0]
    return answer.status_code, error["code"], error["message"]
