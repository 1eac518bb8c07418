"""Preparing: the last moment before money moves. What is not written down here was never asked."""

from datetime import datetime

from django.db import transaction

from packbench.carriers.base import Prepared
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.privacy.sealing import Sealed
from packbench.shipments.models import Label, Shipment
from packbench.shipments.requesting import gone
from packbench.shipments.spending import reserve
from packbench.shipments.status import Status, TooLate

seal_ticket = sealer(Label, "ticket")


def record_preparation(
    shipment: Shipment, label: Label, prepared: Prepared, *, now: datetime
) -> None:
    """Write down that the carrier is asked to sell from here on, by which ticket, at what price.

    The claim is renewed: preparing may have taken long. Raises TooLate where it is another's by
    now, so nobody buys who slept over it; Rejected where the buyer's data is gone, the price
    rose or a spending limit is in the way: then nothing was written.
    """
    with transaction.atomic():
        mine = Shipment.objects.filter(
            pk=shipment.pk, status=Status.BUYING, claimed_at=shipment.claimed_at
        )
        if mine.update(claimed_at=now) != 1:
            raise TooLate(shipment.pk)
        reserve(shipment, label, prepared.cost, now=now)
        label.ticket = _sealed(shipment, prepared.ticket)
        label.prepared_at = now
        label.save(update_fields=["prepared_at", "ticket", "cost_amount", "cost_currency"])
    shipment.claimed_at = now


def _sealed(shipment: Shipment, ticket: str) -> Sealed | None:
    key = opened_if_alive(shipment.order.key)
    if key is None:  # erased since the carrier was asked for a price
        raise gone()
    return seal_ticket(ticket, key) if ticket else None
