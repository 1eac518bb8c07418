"""Run as a program on a restored database: erase what was erased since, and what is due."""

import os
import sys
from datetime import datetime

AT_ONCE = 1000


def main(made_at: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(replay(datetime.fromisoformat(made_at)))


def replay(made_at: datetime) -> int:
    """Return how many orders were erased. Safe to run again."""
    from packbench.accounts.models import Workspace
    from packbench.lib import clock
    from packbench.orders.expiring import Reason
    from packbench.orders.models import Order
    from packbench.privacy.chaining import begin_at_restored
    from packbench.privacy.ledger import erased_since
    from packbench.shipments.erasing import erase_slice

    now, ids = clock.now(), erased_since(made_at)
    for start in range(0, len(ids), AT_ONCE):
        again = Order.objects.filter(pk__in=ids[start : start + AT_ONCE], erased_at__isnull=True)
        again.update(erase_at=now, erase_reason=Reason.REQUESTED)
    for workspace in Workspace.objects.select_related("key"):
        begin_at_restored(workspace, now=now)
    count = 0
    while erased := erase_slice(now=now, most=AT_ONCE):
        count += len(erased)
    return count


if __name__ == "__main__":
    main(sys.argv[1])
