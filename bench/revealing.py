"""What opening buyers' data adds to a list of 50 orders, and what erasing does to such lists.

`python -m bench.revealing`; with `--look` it only measures lists, for the other process.
"""

import os
import statistics
import subprocess
import sys
import time
from datetime import timedelta

from bench.scratch import django_on_scratch, show

ROWS = 50
LISTS = 200
ORDERS = 20_000
MOST_ADDED_MS = 5.0
MOST_SLOWER = 1.2


def main():
    if "--look" in sys.argv:
        look()
        return
    with django_on_scratch():
        from bench import erasing

        erasing.ORDERS = ORDERS
        erasing.fill()
        is_quick = added()
        idle = p95_elsewhere()
        is_calm = show(
            "p95 of lists while orders are erased, against idle",
            p95_elsewhere(erase) / idle,
            "times",
            at_most=MOST_SLOWER,
        )
    sys.exit(0 if is_quick and is_calm else 1)


def added():
    """Open the recipients of a list's rows, as a page does."""
    from packbench.accounts.models import Workspace
    from packbench.privacy.revealing import reveal
    from packbench.shipments.listing import list_orders

    workspace = Workspace.objects.select_related("key").get()
    times = []
    for ids in pages():
        rows = list_orders(workspace, ids).values()
        start = time.perf_counter()
        names = [reveal(row.order, "recipient", row.order.key).name for row in rows]
        times.append((time.perf_counter() - start) * 1000)
        assert len(names) == ROWS
        assert all(names)
    return show(
        f"opening {ROWS} rows adds, median", statistics.median(times), "ms", at_most=MOST_ADDED_MS
    )


def pages():
    from packbench.orders.models import Order

    ids = list(Order.objects.order_by("-erase_at", "-id").values_list("pk", flat=True)[: ROWS * 20])
    return [ids[start : start + ROWS] for start in range(0, len(ids), ROWS)] * (LISTS // 20)


def erase():
    from packbench.shipments.erasing import erase_slice
    from tests.making import NOW

    return erase_slice(now=NOW + timedelta(days=60))


def p95_elsewhere(meanwhile=None):
    """The 95th percentile of lists in a process of their own, in ms."""
    look = subprocess.Popen(
        [sys.executable, "-m", "bench.revealing", "--look"], stdout=subprocess.PIPE, text=True
    )
    look.stdout.readline()  # it is ready
    while look.poll() is None and meanwhile and meanwhile():
        continue
    return float(look.communicate()[0])


def look():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django

    django.setup()
    from packbench.accounts.models import Workspace
    from packbench.shipments.listing import list_orders

    workspace = Workspace.objects.select_related("key").get()
    lists, times = pages(), []
    list_orders(workspace, lists[0])
    print("ready", flush=True)
    for ids in lists:
        start = time.perf_counter()
        list_orders(workspace, ids)
        times.append((time.perf_counter() - start) * 1000)
    print(statistics.quantiles(times, n=20)[-1])


if __name__ == "__main__":
    main()
