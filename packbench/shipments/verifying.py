"""Verifying: whether the store shows the parcels as we told of them. Its answer 204 is no proof."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from packbench.channels.models import sentence_json
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.shipments.attempting import note_notice
from packbench.shipments.models import Notice
from packbench.shipments.recognizing import adopt_listed
from packbench.shipments.status import LABELED

MOST_IN_A_RUN = 500
# Amazon settles within minutes; an import that ended so long after the notice has seen it.
SETTLED_AFTER = timedelta(hours=1)
LOOKS_BACK = timedelta(days=30)
NOT_SHOWN = marked(
    "Amazon took the confirmation, but does not show the parcel. Notify Amazon again; if it "
    "stays so, look at the order in Seller Central."
)


def verify_notices(*, now: datetime) -> int:
    """Compare accepted notices with what the last import brought. Returns how many are settled.

    A parcel that the store shows is verified; one that it still does not show, long after, is
    put before a person.
    """
    waiting = Notice.objects.filter(
        status=Notice.Status.ACCEPTED,
        verified_at__isnull=True,
        is_orphaned=False,
        store__account__isnull=False,
        store__polled_at__gt=F("accepted_at"),
    ).select_related("order", "shipment__order")
    shown = waiting.exclude(order__packages=[]).order_by("-accepted_at")[:MOST_IN_A_RUN]
    late = waiting.filter(store__polled_at__gt=F("accepted_at") + SETTLED_AFTER).order_by(
        "accepted_at"
    )[:MOST_IN_A_RUN]
    _read_amazons_own(now=now)
    settled = sum(_verify(notice, now=now) for notice in shown if _is_shown(notice))
    return settled + sum(_doubt(notice, now=now) for notice in late if not _is_shown(notice))


def _read_amazons_own(*, now: datetime) -> None:
    """Parcels that Amazon confirms itself, by its own labels and Ship+: what it shows of them."""
    told_by_amazon = Notice.objects.filter(
        status=Notice.Status.NOT_REQUIRED,
        verified_at__isnull=True,
        told_at__isnull=True,
        store__account__isnull=False,
        shipment__status__in=LABELED,
        shipment__purchased_at__gt=now - LOOKS_BACK,
    ).exclude(order__packages=[])
    rows = told_by_amazon.select_related("order", "shipment").order_by("-created_at")
    for notice in rows[:MOST_IN_A_RUN]:
        number = notice.shipment.tracking_number
        if number and any(each["tracking_number"] == number for each in notice.order.packages):
            with transaction.atomic():
                Notice.objects.filter(pk=notice.pk).update(verified_at=now)
                note_notice("notice.verified", notice, now=now)


@transaction.atomic
def _verify(notice: Notice, *, now: datetime) -> bool:
    if not _settle(notice, verified_at=now):
        return False
    note_notice("notice.verified", notice, now=now)
    return True


@transaction.atomic
def _doubt(notice: Notice, *, now: datetime) -> bool:
    error = Rejected(NOT_SHOWN, code="not_shown", request_id=notice.request_id)
    if not _settle(notice, status=Notice.Status.FAILED, problem=sentence_json(error)):
        return False
    note_notice("notice.failed", notice, now=now, code=error.code)
    return True


def _settle(notice: Notice, **fields: object) -> bool:
    waiting = Notice.objects.filter(
        pk=notice.pk, status=Notice.Status.ACCEPTED, verified_at__isnull=True
    )
    return waiting.update(**fields) == 1


def _is_shown(notice: Notice) -> bool:
    packages = notice.order.packages
    if notice.is_fed:
        adopt_listed(notice, packages)
    sent = [notice.package_reference, notice.shipment.tracking_number]
    return any([shown["reference"], shown["tracking_number"]] == sent for shown in packages)
