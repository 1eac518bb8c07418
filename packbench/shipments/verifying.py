"""Verifying: whether the store shows the parcels as we told of them (`204 is not final proof`)."""

from datetime import datetime

from django.db import transaction

from packbench.shipments.models import Notice
from packbench.shipments.purchasing import note

MOST_IN_A_RUN = 1000


def verify_notices(*, now: datetime) -> int:
    """Note which accepted notices the store, by the last import, shows as we sent them."""
    verified = 0
    waiting = Notice.objects.filter(status=Notice.Status.ACCEPTED, verified_at__isnull=True)
    rows = waiting.exclude(order__packages=[]).select_related("order", "shipment__order")
    for notice in rows.order_by("accepted_at")[:MOST_IN_A_RUN]:
        if _is_shown(notice):
            verified += _verify(notice, now=now)
    return verified


@transaction.atomic
def _verify(notice: Notice, *, now: datetime) -> int:
    if not Notice.objects.filter(pk=notice.pk, verified_at__isnull=True).update(verified_at=now):
        return 0
    note("notice.verified", notice.shipment, now=now)
    return 1


def _is_shown(notice: Notice) -> bool:
    sent = [notice.package_reference, notice.shipment.tracking_number]
    packages = notice.order.packages
    return any([shown["reference"], shown["tracking_number"]] == sent for shown in packages)
