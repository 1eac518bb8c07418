"""How many orders a second lose their buyers' data: notes, labels and records included."""

import os
import sys
import time
from datetime import timedelta

import psutil

from bench.scratch import django_on_scratch, show

ORDERS = 50_000
PAGE = 500
FILES = (("pdf", 6000), ("zpl", 2000))  # bytes of a label, sealed
GOAL = 1_700  # a second: a million in ten minutes


def main():
    with django_on_scratch():
        fill()
        sys.exit(0 if measure() else 1)


def fill():
    """Orders with a label each, all of them due."""
    from packbench.orders.models import Order
    from packbench.orders.saving import save_orders
    from packbench.privacy.models import DataKey
    from tests.making import ES, NOW, ItemNotes, make_channel_order, make_item, make_store

    store = make_store()
    items = [
        make_item(str(number), sku=f"SKU-{number}", notes=ItemNotes(gift_message="Enjoy"))
        for number in range(2)
    ]
    for start in range(0, ORDERS, PAGE):
        page = [
            make_channel_order(f"402-{number:07}", items=tuple(items))
            for number in range(start, start + PAGE)
        ]
        saved = save_orders(page, {ES: store}, account=store.account, now=NOW)
        label(saved.created, store, NOW)
    assert Order.objects.count() == DataKey.objects.count() - 1 == ORDERS


def processor_time(backend):
    """Seconds that this process and its PostgreSQL backend computed, whoever else was busy."""
    times = backend.cpu_times()
    return time.process_time() + times.user + times.system


def label(orders, store, now):
    from packbench.database.copying import copy_rows
    from packbench.shipments.models import Document, Label, Shipment
    from packbench.shipments.purchasing import seal_content
    from packbench.shipments.status import Status
    from tests.making import make_means

    means = make_means(store.workspace)
    shipments = [
        Shipment(
            workspace_id=order.workspace_id,
            order=order,
            status=Status.PURCHASED,
            carrier_account=means.carrier_account,
            warehouse=means.warehouse,
            service="standard",
            weight_g=300,
            created_at=now,
            purchased_at=now,
        )
        for order in orders
    ]
    labels = [
        Label(
            workspace_id=row.workspace_id,
            shipment=row,
            status=Label.Status.PURCHASED,
            claimed_at=now,
            purchased_at=now,
        )
        for row in shipments
    ]
    documents = [
        Document(
            workspace_id=row.workspace_id,
            label=row,
            format=format,
            size="4x6in",
            content=seal_content(os.urandom(size), row.shipment.order.key.opened()),
            created_at=now,
        )
        for row in labels
        for format, size in FILES
    ]
    for rows in (shipments, labels, documents):
        copy_rows(rows)


def measure():
    from django.db import connection

    from packbench.orders.models import Order, SearchEntry
    from packbench.privacy.models import DataKey, Sanitization
    from packbench.shipments.erasing import erase_slice
    from tests.making import NOW

    with connection.cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute("select pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    erased, began, own, longest = 0, time.perf_counter(), processor_time(backend), 0.0
    while True:
        start = time.perf_counter()
        count = len(erase_slice(now=NOW + timedelta(days=60)))
        longest = max(longest, time.perf_counter() - start)
        erased += count
        if not count:
            break
    took, processor = time.perf_counter() - began, processor_time(backend) - own
    assert erased == Sanitization.objects.count() == ORDERS
    assert not Order.objects.filter(recipient__isnull=False).exists()
    assert not SearchEntry.objects.exists()
    assert DataKey.objects.filter(destroyed_at__isnull=True).count() == 1
    is_fast = show(
        "orders erased, one worker, wall clock", erased / took, "orders/s", at_least=GOAL
    )
    show(
        "orders erased, processor time, PostgreSQL's too",
        erased / processor,
        "orders/s",
        at_least=GOAL,
    )
    show("the longest slice", longest * 1000, "ms", at_most=2000)
    return is_fast


if __name__ == "__main__":
    main()
