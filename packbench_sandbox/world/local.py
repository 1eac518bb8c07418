"""Traits that only one country has: what each makes of its own addresses, taxes, payments."""

from __future__ import annotations

from collections.abc import Callable

from packbench_sandbox.world import people
from packbench_sandbox.world.drafts import Draft


def local(draft: Draft) -> None:
    """Bend the order in the way of its country; a country without a way leaves it plain."""
    _LOCAL.get(draft.market.country, lambda draft: None)(draft)


def packstation(draft: Draft) -> None:
    draft.address.update(
        addressLine1=f"Packstation {draft.dice.randint(101, 499)}",
        addressLine2=str(draft.dice.randint(10**7, 10**8 - 1)),
        addressType="PICKUP_POINT",
    )


def military(draft: Draft) -> None:
    draft.address.update(
        addressLine1="PSC 123 Box 4567", city="APO", stateOrRegion="AE", postalCode="09128"
    )
    draft.address.pop("addressLine2", None)


def northern_ireland(draft: Draft) -> None:
    draft.address.update(city="Derry/Londonderry", stateOrRegion="", postalCode="BT48 6ZZ")


def canary_island(draft: Draft) -> None:
    draft.address.update(
        city="Santa Cruz de Tenerife", stateOrRegion="Santa Cruz de Tenerife", postalCode="38001"
    )


def cash_on_delivery(draft: Draft) -> None:
    _pay_by(draft, "CashOnDelivery")
    draft.charges[0]["COD_FEE"] = 330
    shipping = draft.items[0].setdefault("fulfillment", {}).setdefault("shipping", {})
    shipping["shippingConstraints"] = {"cashOnDelivery": "MANDATORY"}
    shipping["scheduledDeliveryWindow"] = dict(draft.fulfillment["deliverByWindow"])
    points = {"pointsNumber": 60, "pointsMonetaryValue": draft.market.money(60)}
    draft.items[0]["expense"] = {"pointsCost": {"pointsGranted": points}}


def brazilian(draft: Draft) -> None:
    number = people.fill("###########", draft.dice)
    draft.body["tax"] = {
        "taxRegistrations": [
            {
                "entityType": "BUYER",
                "legalName": draft.address["name"],
                "taxRegistrationType": "CPF",
                "taxRegistrationNumber": number,
            }
        ],
        "taxInvoicing": {"invoiceStatus": "NOT_FOUND"},
    }
    street, _, house = draft.address["addressLine1"].rpartition(", ")
    draft.address["extendedFields"] = {
        "streetName": street,
        "streetNumber": house,
        "complement": "Fundos",
        "neighborhood": "Bela Vista",
    }
    draft.body.setdefault("programs", []).append("DELIVERY_BY_AMAZON")
    _pay_by(draft, "Pix", acquirerId="00.000.000/0001-00", authorizationCode="123456")


def turkish(draft: Draft) -> None:
    draft.body["tax"] = {"taxInvoicing": {"buyerInvoicePreference": "INDIVIDUAL"}}


def easy_ship(draft: Draft) -> None:
    draft.body.setdefault("programs", []).append("AMAZON_EASY_SHIP")
    number = f"F{draft.dice.randint(10**8, 10**9)}"
    draft.body["fulfillmentOrders"] = [{"fulfillmentOrderId": number}]


def invoiced_by_amazon(draft: Draft) -> None:
    draft.body.setdefault("programs", []).extend(["AMAZON_BUSINESS", "INVOICE_BY_AMAZON"])
    draft.body["buyer"]["buyerCompanyName"] = "Amazon Business EU SARL"


def _pay_by(draft: Draft, method: str, **facts: str) -> None:
    draft.body["payment"] = {"paymentExecutions": [{"paymentMethod": method, **facts}]}


_LOCAL: dict[str, Callable[[Draft], None]] = {
    "DE": packstation,
    "US": military,
    "GB": northern_ireland,
    "ES": canary_island,
    "JP": cash_on_delivery,
    "BR": brazilian,
    "TR": turkish,
    "IN": easy_ship,
    "EG": easy_ship,
    "FR": invoiced_by_amazon,
    "IT": invoiced_by_amazon,
}
