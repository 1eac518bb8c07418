"""Coding: Transparency codes and serial numbers of the pieces in a parcel.

Amazon takes Transparency codes with the confirmation, one for each piece (Orders v0
confirmShipment, `transparencyCodes`); with its own labels they are given while the label is bought.
No operation that confirms a shipment takes serial numbers: they are kept with the parcel.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.shipments.confirming import TO_CORRECT
from packbench.shipments.models import Notice, NoticeQuerySet, ShipmentItem

TOO_MANY_CODES = marked("%(sku)s has %(pieces)s pieces in the parcel. Enter as many codes at most.")
BAD_CODE = marked(
    "%(number)s is no Transparency code. It has 29 letters and digits and begins with AZ or ZA, or "
    "38 of a barcode, or 7 to 20 beside SN; or it is the address behind the QR code."
)
TWICE = marked("%(number)s stands there twice. Each piece has a code of its own.")
TOO_LONG = marked("A serial number may have %(most)s characters at most.")
MOST_SERIAL = 100
# Orders v0, ProductInfoDetail: how Amazon describes the numbers of the program.
SHAPES = re.compile(
    r"(AZ|ZA)[0-9A-Z]{27}|[0-9A-Z()]{38}|(SN)?[0-9A-Z-]{7,20}|https?://\S{4,190}", re.IGNORECASE
)
SILENT = (Notice.Status.NOT_REQUIRED, Notice.Status.SENDING)


@dataclass(frozen=True, slots=True)
class Codes:
    """What a person scanned off the pieces of one line."""

    transparency: Sequence[str] = ()
    serials: Sequence[str] = ()


@transaction.atomic
def enter_codes(notice: Notice, given: Mapping[int, Codes], *, actor: str, now: datetime) -> bool:
    """Keep the codes of the parcel's lines (by ShipmentItem id), and tell Amazon of new ones.

    A notice that was sent is sent once more, under the same package reference. False: nothing of
    it is new. Raises Rejected, and keeps nothing then.
    """
    items = ShipmentItem.objects.filter(
        shipment=notice.shipment_id, order_item__order=notice.order_id, pk__in=list(given)
    )
    rows = items.select_related("order_item").select_for_update(of=("self",)).order_by("id")
    is_told_anew = is_new = False
    for row in rows:
        codes, serials = _checked(row, given[row.pk])
        is_told_anew |= codes != row.transparency_codes
        is_new |= (codes, serials) != (row.transparency_codes, row.serial_numbers)
        ShipmentItem.objects.filter(pk=row.pk).update(
            transparency_codes=codes, serial_numbers=serials
        )
    if is_told_anew:
        _tell_again(Notice.objects.filter(pk=notice.pk))
        if notice.store.account_id:
            defer_once("shipments.send_notices", account_id=notice.store.account_id)
    if is_new:
        record(
            "notice.coded",
            notice.workspace_id,
            actor=actor,
            now=now,
            order_id=notice.order_id,
            shipment_id=notice.shipment_id,
            store_id=notice.store_id,
        )
    return is_new


def _tell_again(notice: NoticeQuerySet) -> None:
    notice.update(revision=F("revision") + 1)
    spoken = notice.exclude(status__in=SILENT).filter(is_orphaned=False)
    spoken.filter(told_at__isnull=False).update(**TO_CORRECT, status=Notice.Status.PENDING)
    spoken.filter(status=Notice.Status.FAILED).update(
        status=Notice.Status.PENDING, attempts=0, problem=None, next_try_at=None
    )


def _checked(row: ShipmentItem, given: Codes) -> tuple[list[str], list[str]]:
    codes = [code.strip() for code in given.transparency if code.strip()]
    serials = [serial.strip() for serial in given.serials if serial.strip()]
    if max(len(codes), len(serials)) > row.quantity:
        sku = row.order_item.sku or row.order_item.title
        raise Rejected(TOO_MANY_CODES, code="too_many_codes", sku=sku, pieces=row.quantity)
    for code in codes:
        if not SHAPES.fullmatch(code):
            raise Rejected(BAD_CODE, code="bad_code", number=code)
        if codes.count(code) > 1:
            raise Rejected(TWICE, code="code_twice", number=code)
    if any(len(serial) > MOST_SERIAL for serial in serials):
        raise Rejected(TOO_LONG, code="serial_too_long", most=MOST_SERIAL)
    return codes, serials
