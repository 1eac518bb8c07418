"""A purchase that nobody but a person can look up: all that is known of it."""

from typing import Any

from packbench.shipments.models import Label, Shipment
from packbench.shipments.status import Status
from packbench.web import saying


def is_left_to_a_person(shipment: Shipment) -> bool:
    return shipment.status == Status.UNKNOWN and shipment.next_try_at is None


def doubt_of(shipment: Shipment) -> dict[str, Any] | None:
    """What a person needs to find the label in the carrier's own list; None without a doubt."""
    if not is_left_to_a_person(shipment):
        return None
    open_ones = (Label.Status.BUYING, Label.Status.UNKNOWN)
    label = next((each for each in shipment.labels.all() if each.status in open_ones), None)
    if label is None:
        return None
    cost = label.cost
    return {
        "reference": label.pk,
        "asked_at": label.prepared_at or label.claimed_at,
        "carrier": shipment.carrier_account.name,
        "service": shipment.service_name or shipment.service,
        "price": saying.money(cost.amount, cost.currency) if cost else "",
        "amount": cost.amount if cost else None,
        "currency": cost.currency if cost else "",
        "weight_g": shipment.weight_g,
    }
