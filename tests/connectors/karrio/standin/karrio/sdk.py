"""Karrio's interface with one carrier that sells, UPS, and one without live rates, DPD."""

import base64
import json
import os
from enum import Enum
from types import SimpleNamespace

from karrio.core.utils import helpers

CODES = {"ups_ground": "03", "ups_2nd_day_air": "02", "ups_next_day_air": "01"}
NAMES = {code: name for name, code in CODES.items()}
OWN = "SHIPPING_SDK_INTERNAL_ERROR"


class Refused(Exception):
    def __init__(self, messages):
        self.messages = messages


class UpsProxy:
    """Asks UPS, whose tokens are kept in the cache that it was given."""

    def __init__(self, settings, cache):
        self.settings, self.cache = settings, cache

    def get_rates(self, given):
        body = {"RateRequest": {"Shipment": shipment_of(given)}}
        said = self._ask("POST", "/api/rating/v2409/Shop?additionalinfo=timeintransit", body)
        return [rate_of(each) for each in said.get("RateResponse", {}).get("RatedShipment") or []]

    def create_shipment(self, given):
        if given["service"] == "dies_before":
            os._exit(3)
        if given["service"] == "previews":
            helpers.request("http://api.labelary.com/v1/printers/8dpmm", method="POST", data=b"^XA")
        if given["service"] == "dies_after":
            given = given | {"service": "ups_ground"}
            self._sell(given)
            os._exit(3)
        return self._sell(given)

    def _sell(self, given):
        shipment = shipment_of(given) | {"Service": {"Code": CODES[given["service"]]}}
        label = {"LabelImageFormat": {"Code": given["label_type"]}}
        body = {"ShipmentRequest": {"Shipment": shipment, "LabelSpecification": label}}
        said = self._ask("POST", "/api/shipments/v2409/ship", body)
        sold = said.get("ShipmentResponse", {}).get("ShipmentResults")
        if sold is None:
            return None
        label = sold["PackageResults"][0]["ShippingLabel"]
        return {
            "tracking_number": sold["ShipmentIdentificationNumber"],
            "shipment_identifier": sold["ShipmentIdentificationNumber"],
            "docs": {"label": label["GraphicImage"]},
        }

    def cancel_shipment(self, given):
        number = given["shipment_identifier"]
        said = self._ask("DELETE", f"/api/shipments/v2409/void/cancel/{number}")
        done = said["VoidShipmentResponse"]["Response"]["ResponseStatus"]["Code"] == "1"
        return {"success": done}

    def get_tracking(self, given):
        number = given["tracking_numbers"][0]
        said = self._ask("GET", f"/api/track/v1/details/{number}")
        package = said["trackResponse"]["shipment"][0]["package"][0]
        return [{"events": [event_of(each) for each in package["activity"]]}]

    def _ask(self, method, path, body=None):
        print(method, path, body, flush=True)
        headers = {"authorization": f"Bearer {self._token()}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return read(helpers.request(HOST + path, method=method, headers=headers, data=data))

    def _token(self):
        if "token" not in self.cache:
            pair = f"{self.settings['client_id']}:{self.settings['client_secret']}"
            said = read(
                helpers.request(
                    f"{HOST}/security/v1/oauth/token",
                    method="POST",
                    headers={"authorization": "Basic " + base64.b64encode(pair.encode()).decode()},
                    data=b"grant_type=client_credentials",
                )
            )
            self.cache["token"] = said["access_token"]
        return self.cache["token"]


class RatingMixinProxy:
    """Prices from a file that is not there."""


class DpdProxy(RatingMixinProxy):
    def get_rates(self, given):
        return []

    def create_shipment(self, given):
        raise NotImplementedError


HOST = "https://onlinetools.ups.com"
OPTIONS = Enum("OPTIONS", ["saturday_delivery", "cash_on_delivery", "dangerous_good"])


class Gateways:
    providers = {
        "ups": SimpleNamespace(Proxy=UpsProxy, options=OPTIONS),
        "dpd": SimpleNamespace(Proxy=DpdProxy, options=None),
        "hub": SimpleNamespace(Proxy=UpsProxy, options=None),
    }

    def __getitem__(self, code):
        proxy = self.providers[code].Proxy
        return SimpleNamespace(create=lambda settings, cache: proxy(settings, cache))


def asking(name):
    """An operation: lazy, and whatever it raises becomes a message."""

    def lazily(given):
        def parse(proxy):
            try:
                return getattr(proxy, name)(given), []
            except Refused as refusal:
                return None, refusal.messages
            except Exception as error:
                return None, [{"code": OWN, "message": str(error)}]

        return SimpleNamespace(from_=lambda proxy: SimpleNamespace(parse=lambda: parse(proxy)))

    return lazily


print("Karrio SDK gateway initialized", flush=True)  # it says so in every process
gateway = Gateways()
Rating = SimpleNamespace(fetch=asking("get_rates"))
Shipment = SimpleNamespace(create=asking("create_shipment"), cancel=asking("cancel_shipment"))
Tracking = SimpleNamespace(fetch=asking("get_tracking"))


def read(text):
    said = json.loads(text)
    errors = said.get("response", {}).get("errors")
    if errors:
        raise Refused([{**each, "level": "error"} for each in errors])
    return said


def shipment_of(given):
    parcel, to = given["parcels"][0], given["recipient"]
    name = to.get("person_name") or to.get("company_name")
    return {
        "Shipper": {"Name": given["shipper"].get("company_name")},
        "ShipTo": {"Name": name, "Address": {"AddressLine": [to.get("address_line1")]}},
        "Package": [
            {
                "PackageWeight": {
                    "UnitOfMeasurement": {"Code": "KGS"},
                    "Weight": str(parcel["weight"]),
                },
                "ReferenceNumber": {"Value": parcel["reference_number"]},
            }
        ],
    }


def rate_of(rated):
    total = rated["TotalCharges"]
    arrival = rated["TimeInTransit"]["ServiceSummary"]["EstimatedArrival"]
    return {
        "service": NAMES[rated["Service"]["Code"]],
        "currency": total["CurrencyCode"],
        "total_charge": float(total["MonetaryValue"]),
        "transit_days": int(arrival["BusinessDaysInTransit"]),
    }


def event_of(activity):
    day, time = activity["date"], activity["time"]
    kinds = {"M": "pending", "P": "picked_up", "I": "in_transit", "D": "delivered"}
    return {
        "date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "time": f"{time[:2]}:{time[2:4]}",
        "code": activity["status"]["code"],
        "status": kinds.get(activity["status"]["type"], "unknown"),
        "description": activity["status"]["description"],
    }
