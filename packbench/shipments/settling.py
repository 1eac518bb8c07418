"""Settling: what became of a purchase whose worker died or whose answer got lost."""

from datetime import datetime, timedelta

from packbench.carriers.base import (
    TICKET_EXPIRED,
    BoughtLabel,
    Carrier,
    LabelRequest,
    RetryClass,
)
from packbench.channels.models import sentence_json
from packbench.jobs.leasing import lease
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.shipments.models import Label, Shipment
from packbench.shipments.purchasing import (
    OPEN,
    record_doubt,
    record_no_purchase,
    record_purchase,
    wait_after,
)
from packbench.shipments.requesting import ERASED_CODE, label_request
from packbench.shipments.status import Status

# Asked again they would have shown what they sold: a refusal says that it was nothing.
SOLD_ONCE = (RetryClass.KEYED, RetryClass.TWO_PHASE)
STILL_WRITING = marked("The carrier may still be writing the purchase down.")
NOBODY_KNOWS = marked(
    "The carrier's answer got lost and cannot be looked up. Look in the carrier's own list of "
    "labels for the reference %(reference)s before buying again."
)


def settle_doubt(shipment: Shipment, carrier: Carrier, *, now: datetime) -> None:
    """Find out whether the label was bought, and go on from there. Safe to run again.

    Found: adopted. Not found, after the carrier's quarantine: ready to be bought, under the same
    reference. What was never prepared was never asked for. A carrier that cannot be asked leaves
    it to a person. A purchase that a live worker is still busy with is left alone.
    """
    label = shipment.labels.filter(status__in=OPEN).first()
    if label is None or not _claim(shipment, now=now):
        return
    if label.prepared_at is None:
        record_no_purchase(shipment, label, error=None, again_at=now, now=now)
        return
    try:
        found = _look_up(shipment, label, carrier, now=now)
    except Undecided:
        _leave_to_a_person(shipment, label)
        return
    except RemoteError as error:
        if error.code in (ERASED_CODE, TICKET_EXPIRED):  # nobody can ask the carrier any more
            _leave_to_a_person(shipment, label)
        elif carrier.retry_class in SOLD_ONCE and isinstance(error, Rejected):
            record_no_purchase(shipment, label, error=error, again_at=None, now=now)
        else:
            record_doubt(shipment, label, error, wait=wait_after(shipment.attempts), now=now)
        return
    if found:
        record_purchase(shipment, label, found, now=now)
    else:
        record_no_purchase(shipment, label, error=None, again_at=now, now=now)


def _claim(shipment: Shipment, *, now: datetime) -> bool:
    """Take a doubt for ourselves by renewing its claim.

    False: another worker was first, or the one who buys still has time.
    """
    due = Shipment.objects.left_in_doubt(now, lease=lease())
    seen = due.filter(pk=shipment.pk, status=shipment.status, claimed_at=shipment.claimed_at)
    if seen.update(status=Status.UNKNOWN, claimed_at=now, next_try_at=now + lease()) != 1:
        return False
    shipment.status, shipment.claimed_at = Status.UNKNOWN, now
    return True


class Undecided(Exception):
    """Nobody but a person can say whether it was bought."""


def _look_up(
    shipment: Shipment, label: Label, carrier: Carrier, *, now: datetime
) -> BoughtLabel | None:
    request = label_request(shipment, label)
    return look_up(request, carrier, asked_at=label.prepared_at or now, now=now)


def look_up(
    request: LabelRequest, carrier: Carrier, *, asked_at: datetime, now: datetime
) -> BoughtLabel | None:
    """Return what was bought, or None where nothing was. Raises RemoteError, Undecided.

    `asked_at` is when the carrier was asked to sell.
    """
    if carrier.retry_class is RetryClass.KEYED:
        return carrier.buy(request)  # the same reference gives the same label
    found = carrier.find(request)
    if found is not None:
        return found
    if carrier.retry_class is RetryClass.BLIND:
        raise Undecided
    if carrier.retry_class is RetryClass.TWO_PHASE:
        return carrier.buy(request)  # the carrier sells a ticket once
    if now < asked_at + timedelta(seconds=carrier.quarantine_s):
        raise TemporaryError(STILL_WRITING, code="quarantine")
    return None


def _leave_to_a_person(shipment: Shipment, label: Label) -> None:
    error = OutcomeUnknown(NOBODY_KNOWS, code="nobody_knows", reference=label.pk)
    Shipment.objects.filter(
        pk=shipment.pk, status=Status.UNKNOWN, claimed_at=shipment.claimed_at
    ).update(problem=sentence_json(error), next_try_at=None)
