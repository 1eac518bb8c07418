"""Labels, slips and sheets of a working day, and whether memory stays flat: seconds of processor.

.venv/bin/python -m bench.papers [parcels]

Labels and slips come out of the real verbs: opened, drawn, put together and written down.
"""

import sys
import time

import psutil

from bench.scratch import django_on_scratch, show

PARCELS, SLIPS, LABELS = 1_000, 500, 10_000
DRAWN = 300
PAGE = 500
A_LABEL, MERGED_S, SLIPS_S, GROWTH_MB = 100.0, 1.0, 10.0, 30.0


def main():
    parcels = int(sys.argv[1]) if len(sys.argv) > 1 else PARCELS
    with django_on_scratch():
        shipments = fill(parcels)
        met = [draw(), print_slips(shipments), merge(shipments), sheets(shipments)]
        met.append(print_for_long(shipments))
    sys.exit(0 if all(met) else 1)


def fill(count):
    """Orders with two items each, and a label of our own for every one."""
    from packbench.carriers.registry import open_carrier
    from packbench.orders.models import Order
    from packbench.orders.saving import save_orders
    from packbench.shipments.batching import create_labels
    from packbench.shipments.buying import buy_label
    from packbench.shipments.models import Shipment
    from tests.making import (
        ES,
        NOW,
        make_channel_order,
        make_item,
        make_means,
        make_store,
        weigh_all,
    )

    store = make_store()
    items = tuple(make_item(str(number), sku=f"SKU-{number}") for number in range(2))
    for start in range(0, count, PAGE):
        page = [
            make_channel_order(f"402-{number:07}-0000001", items=items)
            for number in range(start, min(start + PAGE, count))
        ]
        save_orders(page, {ES: store}, account=store.account, now=NOW)
    weigh_all(store.workspace, {item.sku: 300 for item in items})
    orders = Order.objects.filter(workspace=store.workspace)
    create_labels(store.workspace, orders, make_means(store.workspace), actor="bench", now=NOW)
    carrier = None
    for row in Shipment.objects.with_order().order_by("pk"):
        carrier = carrier or open_carrier(row.carrier_account)
        buy_label(row, carrier, now=NOW)
    return list(Shipment.objects.with_order().order_by("pk"))


def draw():
    from bench.labels import LATIN, request
    from packbench.connectors.local.carrier import LocalCarrier

    carrier = LocalCarrier()
    carrier.buy(request(0, LATIN))
    start = time.process_time()
    for number in range(DRAWN):
        carrier.buy(request(number, LATIN))
    pace = DRAWN / (time.process_time() - start)
    return show(
        "labels drawn, PDF and ZPL for both resolutions", pace, "a second", at_least=A_LABEL
    )


def printed(shipments, kinds, **form):
    from packbench.labels.bundling import Form
    from packbench.labels.printing import print_papers
    from tests.making import NOW

    return print_papers(shipments, kinds, Form(**form), actor="bench", now=NOW)


def print_slips(shipments):
    some = shipments[:SLIPS]
    printed(some[:5], ("slip",))  # parses the fonts
    start = time.process_time()
    printed(some, ("slip",))
    took = (time.process_time() - start) * SLIPS / len(some)
    return show(f"{SLIPS} packing slips", took, "s", at_most=SLIPS_S)


def merge(shipments):
    from packbench.labels.merging import merge_pdfs
    from packbench.labels.originals import open_originals

    found = open_originals(shipments, format="pdf")
    labels = [each.content for row in shipments for each in found[row.pk]]
    thousand = (labels * (1_000 // len(labels) + 1))[:1_000]
    start = time.process_time()
    merge_pdfs(thousand)
    return show("1,000 labels merged", time.process_time() - start, "s", at_most=MERGED_S)


def sheets(shipments):
    start = time.process_time()
    printed(shipments, ("label",), sheet="a4_4")
    took = (time.process_time() - start) * 1_000 / len(shipments)
    return show("1,000 labels opened and put on sheets of four", took, "s", at_most=15.0)


def print_for_long(shipments):
    """Print the same labels again and again; what grows with each round is never given back."""
    process, rounds = psutil.Process(), max(3, LABELS // len(shipments))
    used = []
    for _ in range(rounds):
        printed(shipments, ("label", "slip"))
        used.append(process.memory_info().rss / 2**20)
    grown = used[-1] - used[1]
    labels = rounds * len(shipments)
    return show(f"memory grown while {labels:,} labels and slips came out", grown, "MB",
                at_most=GROWTH_MB)  # fmt: skip


if __name__ == "__main__":
    main()
