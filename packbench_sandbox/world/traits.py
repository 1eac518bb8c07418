"""What makes an order special. Each trait bends a plain draft; the deck says how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from packbench_sandbox.world import fates, people
from packbench_sandbox.world.drafts import Draft
from packbench_sandbox.world.local import local
from packbench_sandbox.world.marketplaces import load

Trait = Callable[[Draft], None]


def program(name: str, level: str | None = None) -> Trait:
    """A trait that puts an order into one of Amazon's programs."""

    def enrol(draft: Draft) -> None:
        draft.body.setdefault("programs", []).append(name)
        if level:
            draft.fulfillment["fulfillmentServiceLevel"] = level
            draft.set_windows(ship_days=0.5, deliver_days=2)

    return enrol


def level(name: str) -> Trait:
    def set_level(draft: Draft) -> None:
        draft.fulfillment["fulfillmentServiceLevel"] = name

    return set_level


def business(draft: Draft) -> None:
    program("AMAZON_BUSINESS")(draft)
    name = people.company(draft.market.country, draft.dice)
    draft.body["buyer"]["buyerCompanyName"] = name
    draft.body["buyer"]["buyerPurchaseOrderNumber"] = f"PO-{draft.dice.randint(1000, 99999)}"
    draft.address.update(companyName=name, addressType="COMMERCIAL")
    draft.items[0]["product"]["price"]["priceDesignation"] = "BUSINESS_PRICE"
    draft.body["recipient"]["deliveryPreference"] = {
        "dropOffLocation": "Reception",
        "addressInstruction": "Ring twice, loading bay at the back.",
        "deliveryTime": {"businessHours": [_weekday("MON"), _weekday("FRI")]},
        "deliveryCapabilities": ["PALLET_DISABLED"],
    }


def gift(draft: Draft) -> None:
    message = {
        "es": "¡Feliz cumpleaños, abuela! 🎂",
        "ja": "お誕生日おめでとう！",
        "ar": "كل عام وأنت بخير",
    }
    text = message.get(people.language(draft.market.country), "Happy birthday!\nLove, Zoë & all")
    option = {"giftMessage": text, "giftWrapLevel": "Premium"}
    draft.items[0]["fulfillment"] = {"packing": {"giftOption": option}}
    draft.charges[0]["GIFT_WRAP"] = 399


def custom(draft: Draft) -> None:
    item = draft.items[0]
    url = f"https://zme-caps.amazon.com/t/{draft.dice.getrandbits(64):016x}/{item['orderItemId']}"
    item["product"]["customization"] = {"customizedUrl": url}


def handmade(draft: Draft) -> None:
    """Amazon Handmade: an ordinary order, but for the weeks that making it takes."""
    draft.set_windows(ship_days=21, deliver_days=26)
    custom(draft)


def digital(draft: Draft) -> None:
    del draft.body["recipient"]
    for charges in draft.charges:
        charges["SHIPPING"] = 0


def pickup_point(draft: Draft) -> None:
    line = draft.address["addressLine1"]
    draft.address.update(
        addressType="PICKUP_POINT", companyName="Amazon Locker - Violet", addressLine2=line
    )


def no_windows(draft: Draft) -> None:
    draft.fulfillment.pop("shipByWindow")
    draft.fulfillment.pop("deliverByWindow")


def no_price(draft: Draft) -> None:
    draft.is_unpriced = True
    for item in draft.items:
        del item["product"]["price"]


def no_phone(draft: Draft) -> None:
    draft.address.pop("phone", None)


def post_box(draft: Draft) -> None:
    draft.address["addressLine1"] = people.box_number(draft.market.country, draft.dice)


def long_texts(draft: Draft) -> None:
    name = people.person(draft.market.country, draft.dice)
    draft.address["name"] = f"{name} {name} de la Santísima Trinidad {name}"[:120]
    draft.address["addressLine3"] = "Please leave with the neighbour behind the blue gate, thanks"
    product = draft.items[0]["product"]
    product["title"] = (f"{product['title']} · " * 12)[:500]


def subscribe_and_save(draft: Draft) -> None:
    draft.items[0]["programs"] = ["SUBSCRIBE_AND_SAVE"]
    discount = -round(draft.charges[0]["ITEM"] * 0.05)
    draft.charges[0]["DISCOUNT"] = discount
    draft.items[0]["promotion"] = {"breakdowns": [{"promotionId": "SUBSCRIBE-AND-SAVE-5"}]}


def transparency(draft: Draft) -> None:
    draft.items[0]["programs"] = ["TRANSPARENCY"]


def constraints(draft: Draft) -> None:
    names = ["signatureConfirmation", "recipientAgeVerification", "palletDelivery"]
    chosen = draft.dice.sample(names, 2)
    _shipping(draft)["shippingConstraints"] = dict.fromkeys(chosen, "MANDATORY")


def import_tax(draft: Draft) -> None:
    _shipping(draft)["internationalShipping"] = {"iossNumber": "IM5280000000"}
    draft.items[0]["tax"] = {
        "taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}],
        "taxCollections": [
            {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services"}
        ],
    }


def aliases(draft: Draft) -> None:
    alias = {"aliasId": f"WEB-{draft.dice.randint(1, 9999):04d}", "aliasType": "SELLER_ORDER_ID"}
    draft.body["orderAliases"] = [alias]


def many_units(draft: Draft) -> None:
    product = load("products")[0]
    draft.items[0]["quantityOrdered"] = 24
    draft.items[0]["measurement"] = {"unit": "COUNT", "value": 24}
    draft.items[0]["product"]["sellerSku"] = product["sku"]


def label_window(draft: Draft) -> None:
    earliest = draft.fulfillment["shipByWindow"]["earliestDateTime"]
    draft.fulfillment["labelPrintingWindow"] = {"earliestDateTime": earliest}


def _shipping(draft: Draft) -> dict[str, Any]:
    fulfillment: dict[str, Any] = draft.items[0].setdefault("fulfillment", {})
    return fulfillment.setdefault("shipping", {})


def _weekday(day: str) -> dict[str, Any]:
    hours = {"startTime": {"hour": 9, "minute": 0}, "endTime": {"hour": 17, "minute": 30}}
    return {"dayOfWeek": day, "timeWindows": [hours]}


# The deck: every sixty orders hold each trait this often; the rest are plain.
DECK: dict[str, tuple[int, Trait]] = {
    "prime": (3, program("PRIME", "NEXT_DAY")),
    "premium": (2, program("PREMIUM", "EXPEDITED")),
    "business": (3, business),
    "gift": (3, gift),
    "custom": (2, custom),
    "digital": (1, digital),
    "afn": (3, fates.afn),
    "cancel_requested": (2, fates.cancel_requested),
    "cancelled": (1, fates.cancelled),
    "partially_shipped": (1, fates.partially_shipped),
    "shipped": (2, fates.shipped),
    "pending": (2, fates.pending),
    "preorder": (1, fates.preorder),
    "ship_plus": (1, program("FBM_SHIP_PLUS")),
    "pickup_point": (2, pickup_point),
    "replacement": (1, fates.replacement),
    "exchange": (1, fates.exchange),
    "unknown_program": (1, program("AMAZON_LUNAR_DELIVERY")),
    "unknown_level": (1, level("DRONE_DROP")),
    "no_windows": (1, no_windows),
    "no_price": (1, no_price),
    "no_phone": (1, no_phone),
    "post_box": (1, post_box),
    "long_texts": (1, long_texts),
    "subscribe_and_save": (1, subscribe_and_save),
    "transparency": (1, transparency),
    "constraints": (1, constraints),
    "import_tax": (1, import_tax),
    "aliases": (1, aliases),
    "many_units": (1, many_units),
    "label_window": (1, label_window),
    "in_store": (1, program("IN_STORE_PICK_UP")),
    "local": (3, local),
}
# All of them, with those that are only asked for by name.
TRAITS: dict[str, Trait] = {name: trait for name, (_, trait) in DECK.items()} | {
    "handmade": handmade
}
