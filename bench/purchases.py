"""How fast labels are bought at a carrier that answers in 50 ms, and what 10,000 of them take.

.venv/bin/python -m bench.purchases [purchases] [labels]

The carrier works on as many purchases at once as it allows and lets the others wait their turn: its
own time is what all of them take there. One at a time is judged; two at a time, 40 labels a second,
shows what the machine can do. The sandbox is a program of its own; the workers are processes as
`packbench worker` starts them.
"""

import os
import subprocess
import sys
import tempfile
import time

import httpx
import psutil

from bench.scratch import django_on_scratch, show
from tests.proofs.scratch import ROOT, running_sandbox

PURCHASES, LABELS = 500, 10_000
ANSWERS_IN_S = 0.05
WORKERS = 2  # processes, with as many jobs at once as they have by themselves
SLOWER = 1.2
PAGE = 500
WARM_UP = 16  # purchases until the workers have imported everything and hold their connections
WARM = 1_000  # labels before memory is looked at
GROWTH_MB = 20.0
PATIENCE_S = 1_800


def main(purchases=PURCHASES, labels=LABELS):
    with tempfile.TemporaryDirectory() as state, running_sandbox(state) as url:
        os.environ["PACKBENCH_SANDBOX_URL"] = url
        with django_on_scratch():
            shop = Shop(url)
            took = measure_time(shop, url, purchases, at_once=1)
            results = [
                show("purchases, times the carrier's own time", took, "times", at_most=SLOWER)
            ]
            measure_time(shop, url, purchases, at_once=2)
            results.append(measure_memory(shop, labels))
    sys.exit(0 if all(results) else 1)


class Shop:
    """A workspace that buys at the sandbox's carrier."""

    def __init__(self, url):
        from packbench.carriers.models import CarrierAccount
        from packbench.shipments.planning import Means
        from tests.making import NOW, make_store, make_warehouse

        self.store = make_store()
        workspace = self.store.workspace
        key = httpx.get(f"{url}/_sandbox/app").json()["carrier"]["key"]
        account = CarrierAccount.objects.create(
            workspace=workspace,
            carrier="sandbox",
            name="Sandbox Parcel",
            is_default=True,
            settings={"key": key},
            created_at=NOW,
        )
        self.means = Means(account, make_warehouse(workspace), "standard")
        self.count = 0

    def ask(self, count):
        """So many shipments that wait for their labels; no job is queued for them."""
        from packbench.orders.models import Order
        from packbench.orders.saving import save_orders
        from packbench.shipments.planning import plan_shipment
        from tests.making import NOW, make_channel_order, weigh_all

        numbers = [f"402-{number:07}-0000001" for number in range(self.count, self.count + count)]
        self.count += count
        place = self.store.marketplace_id
        orders = [make_channel_order(number, marketplace_id=place) for number in numbers]
        save_orders(orders, {place: self.store}, account=self.store.account, now=NOW)
        weigh_all(self.store.workspace, {"MUG-BLUE": 350})
        rows = Order.objects.filter(external_id__in=numbers).order_by("pk")
        return [
            plan_shipment(order, self.means, batch=None, actor="bench", now=NOW).pk
            for order in rows
        ]


def measure_time(shop, url, count, *, at_once):
    """From when the workers are warm to the last label: how many times the carrier's own time."""
    from packbench.jobs import defer_once
    from packbench.shipments.models import Shipment

    slow(url, ANSWERS_IN_S, at_once)
    # Asked for before there are workers: nothing is bought before the time counts.
    shipments = shop.ask(WARM_UP + count)
    for shipment_id in shipments:
        defer_once("shipments.buy", shipment_id=shipment_id)
    bought = Shipment.objects.filter(pk__in=shipments, status="purchased")
    workers = [start_worker() for _ in range(WORKERS)]
    try:
        wait_until(lambda: bought.count() >= WARM_UP)
        began, left = time.perf_counter(), len(shipments) - bought.count()
        wait_until(lambda: bought.count() == len(shipments))
        took = time.perf_counter() - began
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(60)
        httpx.delete(f"{url}/_sandbox/faults")
    own = left * ANSWERS_IN_S / at_once
    print(
        f"     {at_once} at once: {left:,} labels in {took:.1f} s, {left / took:.0f} a second; "
        f"the carrier's own time is {own:.1f} s"
    )
    return took / own


def measure_memory(shop, count):
    """What this process holds after the first labels, and after all of them."""
    from packbench.lib import clock
    from packbench.shipments import jobs
    from packbench.shipments.models import Shipment

    process, held, began = psutil.Process(), [], time.perf_counter()
    warm = min(WARM, count // 2)
    for start in range(0, count, PAGE):
        for shipment_id in shop.ask(min(PAGE, count - start)):
            jobs.buy(shipment_id)
        if start + PAGE >= warm:
            held.append(process.memory_info().rss / 1e6)
    bought = Shipment.objects.filter(status="purchased", purchased_at__lte=clock.now()).count()
    assert bought >= count
    took = time.perf_counter() - began
    print(f"     {count:,} labels in {took:.0f} s; {held[0]:.0f} MB, then {held[-1]:.0f} MB")
    growth = held[-1] - held[0]
    return show(f"memory, grown over {count:,} labels", growth, "MB", at_most=GROWTH_MB)


def slow(url, seconds, at_once):
    fault = {
        "kind": "delay",
        "operation": "buyLabel",
        "count": 10**7,
        "delay_seconds": seconds,
        "at_once": at_once,
    }
    httpx.post(f"{url}/_sandbox/faults", json=fault).raise_for_status()


def start_worker():
    command = [sys.executable, "-m", "packbench", "worker"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(is_done):
    ends_at = time.monotonic() + PATIENCE_S
    while not is_done():
        if time.monotonic() > ends_at:
            sys.exit("The labels were not bought in time.")
        time.sleep(0.02)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
