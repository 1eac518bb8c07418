"""How long a claimed row may be silent before it counts as left behind by a dead worker."""

from datetime import timedelta

from django.conf import settings


def lease() -> timedelta:
    """Longer than any call to another system may take; renewed by whoever still works."""
    return timedelta(seconds=settings.LEASE_S)
