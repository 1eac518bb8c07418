"""An order while it is being invented: plain first, then bent by its traits, then priced."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from packbench_sandbox.clock import iso
from packbench_sandbox.world import goods, people
from packbench_sandbox.world.marketplaces import Marketplace
from packbench_sandbox.world.orders import DAY, HOUR, Change
from packbench_sandbox.world.sellers import Seller


@dataclass
class Draft:
    """What a trait may change. Charges are minor units by kind, one table an order item."""

    dice: random.Random
    seller: Seller
    market: Marketplace
    created_at: float
    epoch: float
    is_arrival: bool
    body: dict[str, Any] = field(default_factory=dict)
    charges: list[dict[str, int]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    is_unpriced: bool = False
    is_special: bool = False

    @property
    def items(self) -> list[dict[str, Any]]:
        return self.body["orderItems"]

    @property
    def address(self) -> dict[str, Any]:
        return self.body["recipient"]["deliveryAddress"]

    @property
    def fulfillment(self) -> dict[str, Any]:
        return self.body["fulfillment"]

    def happen(self, at: float, verb: str, **facts: Any) -> None:
        self.changes.append(Change(round(at, 3), verb, facts))

    def set_windows(self, *, ship_days: float, deliver_days: float) -> None:
        """Promise shipping and delivery so many days after the order was placed."""
        start = self.created_at
        self.fulfillment["shipByWindow"] = _window(start + HOUR, start + ship_days * DAY)
        self.fulfillment["deliverByWindow"] = _window(
            start + (ship_days + 1) * DAY, start + deliver_days * DAY
        )


def plain(draft: Draft, order_id: str) -> Draft:
    """An ordinary merchant-fulfilled order of one to four items, paid or about to be."""
    dice, market = draft.dice, draft.market
    name = people.person(market.country, dice)
    home = {"name": name, **people.address(market.country, dice)}
    count = dice.choices([1, 2, 3, 4], weights=[68, 20, 8, 4])[0]
    draft.body = {
        "orderId": order_id,
        "createdTime": iso(draft.created_at),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": market.id,
            "marketplaceName": market.name,
        },
        "buyer": {"buyerName": name, "buyerEmail": people.relay_email(market, dice)},
        "recipient": {"deliveryAddress": home},
        "fulfillment": {"fulfilledBy": "MERCHANT", "fulfillmentServiceLevel": "STANDARD"},
        "orderItems": [goods.make_item(market, dice) for _ in range(count)],
    }
    draft.set_windows(ship_days=2 + dice.random(), deliver_days=5 + dice.randint(0, 3))
    draft.charges = [_charges(draft, item) for item in draft.items]
    _place(draft)
    return draft


def price(draft: Draft) -> None:
    """Turn the charges into Amazon's proceeds, of each item and of the order."""
    if draft.is_unpriced:
        return
    totals: dict[str, int] = {}
    for item, charges in zip(draft.items, draft.charges, strict=True):
        for kind, units in charges.items():
            totals[kind] = totals.get(kind, 0) + units
        item["proceeds"] = {
            "proceedsTotal": draft.market.money(sum(charges.values())),
            "breakdowns": _breakdowns(draft, charges, is_detailed=True),
        }
    grand_total = draft.market.money(sum(totals.values()))
    draft.body["proceeds"] = {
        "grandTotal": grand_total,
        "breakdowns": _breakdowns(draft, totals),
    }
    payment = draft.body.setdefault("payment", {"paymentExecutions": [{}]})
    payment["paymentExecutions"][0].setdefault("paymentMethod", "CreditCard")
    payment["paymentExecutions"][0]["paymentAmount"] = grand_total


def _place(draft: Draft) -> None:
    is_slow = draft.dice.random() < 0.3 and not draft.is_special
    draft.happen(draft.created_at, "placed", status="PENDING" if is_slow else "UNSHIPPED")
    if is_slow:
        draft.happen(draft.created_at + draft.dice.randint(300, 1800), "paid")


def _charges(draft: Draft, item: dict[str, Any]) -> dict[str, int]:
    """Item, shipping and tax. America adds the tax; elsewhere the price holds it."""
    unit = goods.minor_units(item["product"]["price"]["unitPrice"])
    gross = unit * item["quantityOrdered"]
    shipping = draft.dice.choice([0, 0, 0, round(gross * 0.12)])
    if draft.market.country in ("US", "CA"):
        return {"ITEM": gross, "SHIPPING": shipping, "TAX": round(gross * 0.08)}
    tax = gross - round(gross / 1.21)
    return {"ITEM": gross - tax, "SHIPPING": shipping, "TAX": tax}


def _breakdowns(
    draft: Draft, charges: dict[str, int], *, is_detailed: bool = False
) -> list[dict[str, Any]]:
    rows = []
    for kind, units in charges.items():
        row: dict[str, Any] = {"type": kind, "subtotal": draft.market.money(units)}
        if is_detailed and kind == "TAX":
            row["detailedBreakdowns"] = [{"subtype": "ITEM", "value": row["subtotal"]}]
        rows.append(row)
    return rows


def _window(earliest: float, latest: float) -> dict[str, str]:
    """From a full hour to the last second of an hour, as Amazon's windows look."""
    return {
        "earliestDateTime": iso(earliest // HOUR * HOUR),
        "latestDateTime": iso(latest // HOUR * HOUR + HOUR - 1),
    }
