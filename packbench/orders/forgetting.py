"""Forgetting: what a trace needs is kept for a while, not for ever."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from packbench.channels.models import Skip
from packbench.orders.models import Inquiry

SKIPS_KEPT = timedelta(days=180)  # twice the longest history that is imported
INQUIRIES_KEPT = timedelta(days=30)
MOST_AT_ONCE = 10_000


def forget_traces(*, now: datetime) -> int:
    """Delete old skips and inquiries, at most ten thousand of each; return how many.

    May run again. A skipped order that Amazon shows once more is noted anew.
    """
    old_skips = Skip.objects.filter(seen_at__lte=now - SKIPS_KEPT)
    old_inquiries = Inquiry.objects.filter(asked_at__lte=now - INQUIRIES_KEPT)
    return _delete(old_skips) + _delete(old_inquiries)


def _delete(rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    rows.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)
