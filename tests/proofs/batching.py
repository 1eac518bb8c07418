"""Kill the worker again and again while one batch of labels is planned and bought.

Run as a program: `python -m tests.proofs.batching --labels 500 --kills 10 --seed 1`. Prints one
JSON line of what the sandbox's ledger, not our database, says at the end.
"""

import argparse
import json
import os
import random
from collections import Counter
from functools import partial

LEASE_S = 3
BINS = ("A-2", "A-10", "B-1", "")


def main():
    options = _options()
    from tests.cluster import database_url
    from tests.proofs.scratch import running_sandbox, scratch_database, scratch_home

    with scratch_home() as home, scratch_database(database_url()) as url:
        sandbox = running_sandbox(home / "sandbox", "--orders-per-store", "0", "--seed", "1")
        with sandbox as address:
            environment = {
                "DATABASE_URL": url,
                "PACKBENCH_HOME": str(home),
                "PACKBENCH_SANDBOX_URL": address,
                "PACKBENCH_LEASE_S": str(LEASE_S),
                "PACKBENCH_LOG_LEVEL": "ERROR",
                "DJANGO_SETTINGS_MODULE": "packbench.config.settings",
            }
            os.environ.update(environment)
            print(json.dumps(prove(options, environment, address)))


def prove(options, environment, address):
    import django

    django.setup()
    from packbench.lib import clock
    from packbench.shipments.batching import start_labels
    from packbench.shipments.models import Batch
    from tests.proofs import selling
    from tests.proofs.killing import drive

    workspace = seller(address)
    ids = orders(workspace, options.labels)
    selling.delay(address, "buyLabel", seconds=options.delay)
    run = start_labels(workspace, ids, actor="proof", now=clock.now())
    batch = Batch.objects.get(pk=run.given["batch_id"])
    done = partial(is_done, batch)
    kills = drive(environment, done, progress, address, options.kills, random.Random(options.seed))
    return {"kills": kills, **verdict(batch, ids, address)}


def seller(address):
    """A workspace that buys at the sandbox's carrier and tells nobody."""
    import httpx

    from packbench.carriers.models import CarrierAccount
    from packbench.lib import clock
    from tests.making import make_warehouse, make_workspace

    app = httpx.get(f"{address}/_sandbox/app").json()
    workspace = make_workspace()
    make_warehouse(workspace)
    CarrierAccount.objects.create(
        workspace=workspace,
        carrier="sandbox",
        name="Sandbox Parcel",
        is_default=True,
        settings={"key": app["carrier"]["key"]},
        created_at=clock.now(),
    )
    return workspace


def orders(workspace, count):
    """Orders of one and of several lines, of products in bins and without; shuffled."""
    from packbench.channels.models import Store
    from packbench.lib import clock
    from packbench.orders.saving import save_orders
    from packbench.orders.weighing import weigh_products
    from tests.making import make_account, make_channel_order, make_item, make_store

    store = make_store(make_account(workspace))
    Store.objects.filter(pk=store.pk).update(feedback=Store.Feedback.NONE)
    made = []
    for n in range(count):
        skus = [f"SKU-{n % 7}"] if n % 3 else [f"SKU-{n % 7}", f"SKU-{(n + 1) % 7}"]
        items = tuple(make_item(f"{n}-{sku}", sku=sku, quantity=1 + n % 2) for sku in skus)
        made.append(make_channel_order(f"402-{n:07}-0000001", items=items))
    random.Random(count).shuffle(made)
    save_orders(made, {store.marketplace_id: store}, account=store.account, now=clock.now())
    skus = workspace.products.values_list("sku", flat=True)
    weigh_products(workspace, dict.fromkeys(skus, 300), actor="proof", now=clock.now())
    for n, sku in enumerate(sorted(skus)):
        workspace.products.filter(sku=sku).update(storage_bin=BINS[n % len(BINS)])
    return list(workspace.orders.order_by("due_at", "id").values_list("pk", flat=True))


def is_done(batch):
    from packbench.shipments.models import Batch
    from packbench.shipments.progressing import progress_of

    progress = progress_of([Batch.objects.get(pk=batch.pk)])[batch.pk]
    return bool(progress.total) and not progress.is_going_on


def progress(address):
    from tests.proofs import selling

    return len(selling._ledger(address, "label.sold"))


def verdict(batch, ids, address):
    from packbench.labels.printing import print_labels
    from packbench.lib import clock
    from packbench.shipments.models import Batch
    from packbench.shipments.picking import in_print_order
    from packbench.shipments.progressing import progress_of, state_of
    from tests.proofs import selling

    here = Batch.objects.get(pk=batch.pk)
    progress = progress_of([here])[here.pk]
    entries = selling._ledger(address, "label.sold")
    sold = Counter(entry["reference"] for entry in entries)
    shipments = in_print_order(here.shipments.labeled().with_order())
    printout = print_labels(shipments, format="pdf", actor="proof", now=clock.now())
    printed = _as_printed(printout.content, [row.tracking_number for row in shipments])
    return {
        "orders": len(ids),
        "state": state_of(here, progress).value,
        "done": progress.done,
        "labels_sold": sum(sold.values()),
        "labels_sold_twice": sum(count - 1 for count in sold.values()),
        "orders_labeled": len({row.order_id for row in shipments}),
        "is_in_order": printed == _by_hand(shipments),
    }


def _as_printed(content, numbers):
    """The tracking numbers as they follow each other in the file for the printer."""
    import pypdfium2

    known, found = set(numbers), []
    for page in pypdfium2.PdfDocument(content):
        words = page.get_textpage().get_text_range().split()
        found += [word for word in words if word in known]
    return found


def _by_hand(shipments):
    """The same, put in order by what the orders hold, not by our code: see `BINS` and `orders`."""
    ranks = {"A-2": 0, "A-10": 1, "B-1": 2, "": 3}
    keys = []
    for row in shipments:
        lines = sorted(
            (ranks[item.order_item.product.storage_bin], item.order_item.sku, item.quantity)
            for item in row.items.select_related("order_item__product")
        )
        keys.append(((len(lines) > 1, lines[0], len(lines)), row))
    order = [key for key, _ in keys]
    assert order == sorted(order)
    return [row.tracking_number for _, row in keys]


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.1, help="seconds the carrier takes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
