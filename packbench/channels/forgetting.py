"""Forgetting consents that were begun long ago: their states open nothing any more."""

from datetime import datetime, timedelta

from packbench.channels.models import AuthorizationAttempt

KEPT = timedelta(days=1)  # so long a late answer is told why it is refused
MOST_AT_ONCE = 1000


def forget_attempts(*, now: datetime) -> int:
    """Delete what is older than a day, at most a thousand; return how many. May run again."""
    old = AuthorizationAttempt.objects.filter(created_at__lte=now - KEPT).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:MOST_AT_ONCE])
    AuthorizationAttempt.objects.filter(pk__in=ids).delete()
    return len(ids)
