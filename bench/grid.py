"""How fast the grid answers at a million orders, and whether they slow imports down.

.venv/bin/python -m bench.grid [orders]

Pages are asked of the real views, in this process: routing, session, queries, opening of what is
sealed, the record of who looked, and the page's HTML are in the figures; a browser is not. A second
desk with few orders, in a process and a database of its own, imports in turns with the large one:
what else the machine is doing meets both alike.
"""

import multiprocessing
import sys
import time
from contextlib import contextmanager
from statistics import mean, median, quantiles

import psutil

from bench.importing import europe, fetch_pages
from bench.loading import load
from bench.scratch import django_on_scratch, show

COUNT, FEW = 1_000_000, 10_000
ROUNDS = 40
GRID_MS, SEARCH_MS = 100.0, 150.0
IMPORTED = 40  # pages of 100 orders
WARM = 8  # pages until both desks have everything at hand
PATIENCE_S = 600
SLOWER = 1.2
SLOTS = ["purchase_order_number", "latest_delivery_date", "service_level"]
HTMX = {"HTTP_HX_REQUEST": "true"}
# What people click: the addresses that are asked again and again.
GRIDS = (
    ("first page", "", {}),
    ("awaiting, by ship-by", "tab=awaiting", HTMX),
    ("all, newest", "tab=all", HTMX),
    ("all, by ship-by", "tab=all&sort=due", HTMX),
    ("all, ship-by backwards", "tab=all&sort=due_last", HTMX),
    ("all, oldest", "tab=all&sort=oldest", HTMX),
    ("all, by number", "tab=all&sort=number", HTMX),
    ("shipped", "tab=shipped", HTMX),
    ("cancelled", "tab=cancelled", HTMX),
    ("problems", "tab=problems", HTMX),
    ("one store", "store={store}", HTMX),
    ("two stores, newest", "tab=all&store={store}&store={other}", HTMX),
    ("common country", "country=ES", HTMX),
    ("rare country", "country=LU", HTMX),
    ("rare country, all", "tab=all&country=LU", HTMX),
    ("countries and service", "country=DE&country=FR&service=NEXT_DAY", HTMX),
    ("Prime", "mark=prime", HTMX),
    ("customized", "mark=custom", HTMX),
    ("gift or customized, all", "tab=all&mark=gift&mark=custom", HTMX),
    ("overdue", "due=overdue", HTMX),
    ("ship today", "due=today", HTMX),
    ("no label", "label=none", HTMX),
    ("has a label", "label=labeled", HTMX),
    ("not printed", "label=unprinted", HTMX),
    ("heavy", "weight_from=5090", HTMX),
    ("light, one country", "weight_to=110&country=NL", HTMX),
    ("placed on two days", "tab=all&placed_from={day}&placed_to={next_day}", HTMX),
    ("SKU", "sku=SKU-0123", HTMX),
    ("SKU, all, by ship-by", "tab=all&sku=SKU-0123&sort=due", HTMX),
    ("custom field", "tab=all&custom_field1=PO%20{middle}", HTMX),
    ("deep page", "tab=all&after={deep}", HTMX),
)
SEARCHES = (
    ("order number", "{number}"),
    ("part of a number", "{part}"),
    ("SKU", "SKU-0123"),
    ("ASIN", "B000000123"),
    ("tracking number", "TRK{sent}"),
    ("custom field", "PO {middle}"),
    ("postal code", "01234"),
    ("city", "valencia"),
    ("rare name", "{name}"),
    ("common first name", "Maria"),
    ("common name, begun", "mar bal"),
    ("name that nobody has", "Xanthippe Quexwold"),
    ("e-mail", "b{middle}@marketplace.amazon.es"),
    ("phone", "{phone}"),
)


def main(count=COUNT):
    few = min(FEW, count // 2)
    with small_desk(few) as import_there, django_on_scratch():
        sys.exit(0 if measure(count, few, import_there) else 1)


def measure(count, few, import_there):
    pages = fetch_pages()
    desk = Desk()
    desk.load(count)
    return all([desk.grid(), desk.search(), compare(pages, desk, import_there, few)])


def compare(pages, desk, import_there, few):
    """Import the same pages at both desks, now one first and now the other."""
    assert len(pages) == IMPORTED, "the sandbox gave too few pages"
    here, there = [], []
    desks = ((here, lambda place: desk.import_page(pages[place])), (there, import_there))
    for place in range(IMPORTED):
        for took, import_page in desks[:: -1 if place % 2 else 1]:
            took.append(import_page(place))
    results = []
    for kind, word in enumerate(("wall clock", "processor time, PostgreSQL's too")):
        many_s, few_s = (median(each[kind] for each in took[WARM:]) for took in (here, there))
        print(f"     import of 100 orders, {word}: {few_s * 1000:.0f} ms at {few:,}, "
              f"{many_s * 1000:.0f} ms at {desk.count:,}")  # fmt: skip
        slower = many_s / few_s
        results.append(show(f"import slower by, {word}", slower, "times", at_most=SLOWER))
    return all(results)


@contextmanager
def small_desk(count):
    """A desk with so many orders in another process; gives what imports a page there."""
    context = multiprocessing.get_context("spawn")
    pipe, far_end = context.Pipe()
    process = context.Process(target=_serve, args=(far_end, count), daemon=True)
    process.start()

    def import_there(place):
        pipe.send(place)
        if not pipe.poll(PATIENCE_S):
            raise TimeoutError("The small desk does not answer.")
        return pipe.recv()

    try:
        yield import_there
    finally:
        pipe.close()
        process.join(PATIENCE_S)


def _serve(pipe, count):
    with django_on_scratch():
        pages = fetch_pages()
        desk = Desk()
        desk.load(count)
        while True:
            try:
                place = pipe.recv()
            except EOFError:
                return
            pipe.send(desk.import_page(pages[place]))


class Desk:
    """A workspace with three stores, and somebody who looks at it."""

    def __init__(self):
        from django.test import Client
        from django.test.utils import setup_test_environment

        from packbench.lib import clock
        from packbench.shipments.models import Shipment
        from packbench.shipments.status import Status
        from tests import making

        setup_test_environment()
        self.now = clock.now()
        member = making.make_member()
        workspace = member.workspace
        account = making.make_account(workspace, marketplace_ids=europe())
        self.all_stores = {
            place: making.make_store(account, place, name=f"Amazon {number:02}")
            for number, place in enumerate(europe())
        }
        # The most columns that there may be: three custom fields.
        workspace.stores.update(custom_fields=SLOTS, brand_color="#0f8a8a")
        self.account, self.stores = account, list(self.all_stores.values())[:3]
        self.pattern = making.make_order(self.stores[0], external_id="402-0")
        means = making.make_means(workspace)
        Shipment.objects.create(
            workspace=workspace,
            order=self.pattern,
            status=Status.IN_TRANSIT,
            carrier_account=means.carrier_account,
            warehouse=means.warehouse,
            service="standard",
            weight_g=300,
            created_at=self.now,
        )
        self.workspace = type(workspace).objects.select_related("key").get(pk=workspace.pk)
        self.count = 0
        self.client = Client()
        self.client.force_login(member.person)

    def load(self, count):
        took = load(self.workspace, self.stores, self.pattern, count, now=self.now)
        self.count = count
        print(f"     {count:,} orders in {took:.0f} s", flush=True)

    def import_page(self, body):
        """Seconds by the wall clock and by the processor."""
        from packbench.connectors.amazon.messages import parse_page
        from packbench.orders.saving import save_orders

        began, busy = time.perf_counter(), self._busy()
        orders = parse_page(body).orders
        save_orders(orders, self.all_stores, account=self.account, now=self.now)
        return time.perf_counter() - began, self._busy() - busy

    def _busy(self):
        """Seconds that this process and its PostgreSQL backend computed, whoever else was busy."""
        from django.db import connection

        with connection.cursor() as cursor:
            pid = cursor.connection.info.backend_pid
        times = psutil.Process(pid).cpu_times()
        return time.process_time() + times.user + times.system

    def grid(self):
        words = self._words()
        worst = 0.0
        for what, query, headers in GRIDS:
            url = f"/orders?{query.format(**words)}"
            worst = max(worst, self._time(what, url, headers))
        return show("grid with filter and sort, the slowest p95", worst, "ms", at_most=GRID_MS)

    def search(self):
        words, worst = self._words(), 0.0
        for what, text in SEARCHES:
            asked = self.client.post("/orders/search", {"q": text.format(**words)})
            worst = max(worst, self._time(f"search: {what}", asked["Location"], {}))
        return show("search, the slowest p95", worst, "ms", at_most=SEARCH_MS)

    def _words(self):
        from packbench.orders.models import Order
        from packbench.privacy.revealing import reveal

        middle = self.count // 2
        order = Order.objects.select_related("key__parent").get(pk=f"ord_{middle:026}")
        sent = Order.objects.filter(status="shipped", pk__gt=order.pk).order_by("pk").first()
        day = sent.placed_at.date()
        deep = Order.objects.order_by("-placed_at").values_list("placed_at", "pk")[middle]
        place = reveal(order, "recipient", order.key)
        return {
            "store": self.stores[0].pk,
            "other": self.stores[1].pk,
            "middle": f"{middle:07}",
            "number": order.external_id,
            "part": order.external_id[4:11],
            "sent": f"{int(sent.pk[4:]):09}",
            "name": place.name,
            "phone": place.phone,
            "day": day,
            "next_day": day,
            "deep": f"{int(deep[0].timestamp() * 1e6)}-{deep[1]}",
        }

    def _time(self, what, url, headers):
        self.client.get(url, **headers)
        times, busy = [], []
        for _ in range(ROUNDS):
            began, worked = time.perf_counter(), self._busy()
            answer = self.client.get(url, **headers)
            times.append((time.perf_counter() - began) * 1000)
            busy.append((self._busy() - worked) * 1000)
            assert answer.status_code == 200, url
        p95 = quantiles(times, n=20)[18]
        rows = answer.content.count(b'class="order-row"')
        print(
            f"     {what:30} p50 {median(times):6.1f} ms  p95 {p95:6.1f} ms  "
            f"computing {mean(busy):6.1f} ms  {rows:2} rows",
            flush=True,
        )
        return p95


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
