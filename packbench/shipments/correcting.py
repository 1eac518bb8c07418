"""Correcting: what stores were told of a parcel, told anew under the same reference (SEED-65)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from packbench.carriers.base import Feature
from packbench.carriers.naming import carrier_words
from packbench.carriers.registry import can, service_of
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.sentences import marked
from packbench.shipments.confirming import TO_CORRECT
from packbench.shipments.models import Forward, Notice, Shipment
from packbench.shipments.purchasing import note
from packbench.shipments.scanning import lock_orders
from packbench.shipments.status import LABELED, NOT_THERE, Status

NO_TRACKING = marked("Enter the tracking number: Amazon takes no parcel without one.")
TOO_LONG = marked("The tracking number may have %(most)s characters at most.")
NO_CARRIER = marked("Choose or enter the carrier: Amazon takes no parcel without one.")
NOT_SENT = marked("This parcel has no label and was not sent: there is nothing to correct.")
DELIVERED = marked("This parcel was delivered: Amazon takes no more corrections of it.")
UNTOLD = (Notice.Status.SENDING, Notice.Status.NOT_REQUIRED)
MOST = 60


@dataclass(frozen=True, slots=True)
class Correction:
    """What holds of the parcel from now on, as stores are told it.

    `carrier` is a name or one of Amazon's codes; empty: as the service says.
    """

    tracking_number: str
    carrier: str = ""
    method: str = ""


@transaction.atomic
def correct_parcel(
    shipment: Shipment, correction: Correction, *, actor: str, now: datetime
) -> bool:
    """Change what is known of the parcel and tell the stores that were told before.

    A notice that is being sent right now is sent once more afterwards. False: nothing of it is
    new. Raises Rejected.
    """
    lock_orders([shipment.pk])
    row = Shipment.objects.select_for_update(of=("self",)).select_related(
        "order__store", "carrier_account"
    )
    here = row.get(pk=shipment.pk)
    words = _checked(here, correction)
    if all(getattr(here, name) == value for name, value in words.items()):
        return False
    before = here.tracking_number
    Shipment.objects.filter(pk=here.pk).update(**words, next_track_at=_next_look(here, words, now))
    _say_again(here)
    note(
        "shipment.corrected",
        here,
        actor=actor,
        now=now,
        tracking_number=words["tracking_number"],
        before=before,
    )
    return True


def checked_number(given: str) -> str:
    """The tracking number as it is kept. Raises Rejected."""
    number = " ".join(given.replace("\0", "").split())
    if not number:
        raise Rejected(NO_TRACKING, code="tracking_missing")
    if len(number) > MOST:
        raise Rejected(TOO_LONG, code="tracking_too_long", most=MOST)
    return number


def _checked(here: Shipment, correction: Correction) -> dict[str, str]:
    if here.status not in LABELED:
        raise Rejected(NOT_SENT, code="not_sent")
    if here.status == Status.DELIVERED:
        raise Rejected(DELIVERED, code="package_delivered")
    number = checked_number(correction.tracking_number)
    if not correction.carrier.strip():
        if here.is_manual:
            raise Rejected(NO_CARRIER, code="carrier_missing")
        return _words(number, "", "", "")
    code, name = carrier_words(correction.carrier)
    method = correction.method.strip()[:MOST]
    if (code, name, method) == _own_words(here):
        return _words(number, "", "", "")  # they follow the service
    return _words(number, code, name, method)


def _own_words(here: Shipment) -> tuple[str, str, str] | None:
    """What the parcel's service says of itself, where it has one that still exists."""
    if here.is_manual:
        return None
    try:
        service = service_of(here.carrier_account, here.service)
    except RemoteError:
        return None
    return service.channel_code, service.channel_name, service.channel_method


def _next_look(here: Shipment, words: dict[str, str], now: datetime) -> datetime | None:
    """When its carrier is asked of the parcel; never where another carrier has it."""
    tracks = can(here.carrier_account, Feature.TRACKING)
    if words["channel_code"] or here.status not in NOT_THERE or not tracks:
        return None
    is_new = words["tracking_number"] != here.tracking_number
    return now if is_new else here.next_track_at


def _words(number: str, code: str, name: str, method: str) -> dict[str, str]:
    return {
        "tracking_number": number,
        "channel_code": code,
        "channel_name": name,
        "channel_method": method,
    }


def _say_again(here: Shipment) -> None:
    """Notices and forwards that said something else are due once more."""
    here.notices.update(revision=F("revision") + 1)
    told = here.notices.exclude(status__in=UNTOLD).filter(is_orphaned=False)
    heard = told.filter(told_at__isnull=False)
    heard.update(**TO_CORRECT, status=Notice.Status.PENDING)
    told.filter(status=Notice.Status.FAILED).update(
        status=Notice.Status.PENDING, attempts=0, problem=None, next_try_at=None
    )
    for account_id in set(here.notices.values_list("store__account", flat=True)) - {None}:
        defer_once("shipments.send_notices", account_id=account_id)
    here.forwards.update(revision=F("revision") + 1)
    done = (Forward.Status.ACCEPTED, Forward.Status.FAILED)
    here.forwards.filter(status__in=done).update(
        status=Forward.Status.PENDING, attempts=0, problem=None, next_try_at=None
    )
    for link_id in here.forwards.values_list("link", flat=True):
        defer_once("shipments.forward", link_id=link_id)
