"""Pushing: what carriers say of parcels by themselves goes the way of what they are asked for."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from packbench.carriers.base import Pushed
from packbench.carriers.models import CarrierAccount
from packbench.carriers.pushing import note_push, read_push
from packbench.lib.errors import NotFound
from packbench.lib.sentences import marked
from packbench.shipments.models import Label, Shipment
from packbench.shipments.tracking import record_tracking

log = structlog.get_logger(__name__)

MOST_BYTES = 256 * 1024  # of one message
MOST_PARCELS = 20  # in one message
NO_ACCOUNT = marked("There is no such carrier account.")


def take_push(
    carrier_account_id: str, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> int:
    """Record what a carrier's message says. Returns of how many parcels of ours.

    Safe to run again and in any order. Parcels that are not ours are ignored. Raises NotFound
    for an account that is not here, Unsupported for one that takes no messages, BadCredentials
    where the carrier did not sign.
    """
    account = CarrierAccount.objects.opened().filter(pk=carrier_account_id).first()
    if account is None:
        raise NotFound(NO_ACCOUNT, code="no_account")
    pushed = read_push(account, headers, body)[:MOST_PARCELS]
    note_push(account, now=now)
    known = 0
    for each in pushed:
        shipment = _parcel(account, each)
        if shipment is not None:
            record_tracking(shipment, each.tracking, now=now)
            known += 1
    log.info("push_taken", carrier=account.carrier, count=known)
    return known


def _parcel(account: CarrierAccount, pushed: Pushed) -> Shipment | None:
    """The parcel of this account that is meant: by its number, or else by its label."""
    rows = Shipment.objects.filter(carrier_account=account)
    if pushed.tracking_number:
        found = rows.filter(tracking_number=pushed.tracking_number[:60])
        return found.order_by("-created_at", "-id").first()
    if not pushed.carrier_label_id:
        return None
    labels = Label.objects.filter(
        carrier_label_id=pushed.carrier_label_id, status=Label.Status.PURCHASED
    )
    return rows.filter(pk__in=labels.values("shipment")).first()
