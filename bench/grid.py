"""How fast the grid answers at a million orders, and whether they slow imports down.

.venv/bin/python -m bench.grid [orders]

Pages are asked of the real views, in this process: routing, session, queries, opening of what is
sealed, the record of who looked, and the page's HTML are in the figures; a browser is not.
"""

import sys
import time
from statistics import mean, median, quantiles

import psutil

from bench.importing import europe, fetch_pages
from bench.loading import load
from bench.scratch import django_on_scratch, show

COUNT, FEW = 1_000_000, 10_000
ROUNDS = 40
GRID_MS, SEARCH_MS = 100.0, 150.0
IMPORTED = 20  # pages of 100 orders, each time
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
    with django_on_scratch():
        sys.exit(0 if measure(count) else 1)


def measure(count):
    pages = fetch_pages()
    desk = Desk()
    few = min(FEW, count // 2)
    desk.load(few)
    before = desk.import_pages(pages[:IMPORTED])
    desk.load(count - few, start=few)
    results = [desk.grid(), desk.search()]
    after = desk.import_pages(pages[IMPORTED : 2 * IMPORTED])
    results.append(compare(before, after, few, count))
    return all(results)


def compare(before, after, few, count):
    for kind, word in enumerate(("wall clock", "processor time, PostgreSQL's too")):
        name = f"import, orders a second, {word}"
        print(f"     {name}: {before[kind]:,.0f} at {few:,}, {after[kind]:,.0f} at {count:,}")
    wall, processor = before[0] / after[0], before[1] / after[1]
    show("import slower by, wall clock", wall, "times", at_most=SLOWER)
    return show("import slower by, processor time", processor, "times", at_most=SLOWER)


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

    def load(self, count, *, start=0):
        took = load(self.workspace, self.stores, self.pattern, count, start=start, now=self.now)
        self.count = start + count
        print(f"     {count:,} orders in {took:.0f} s", flush=True)

    def import_pages(self, pages):
        """Orders a second by the wall clock and by the processor, of the median page."""
        from packbench.connectors.amazon.messages import parse_page
        from packbench.orders.saving import save_orders

        assert len(pages) == IMPORTED, "the sandbox gave too few pages"
        walls, processors = [], []
        for body in pages:
            began, busy = time.perf_counter(), self._busy()
            orders = parse_page(body).orders
            save_orders(orders, self.all_stores, account=self.account, now=self.now)
            walls.append(len(orders) / (time.perf_counter() - began))
            processors.append(len(orders) / (self._busy() - busy))
        return median(walls[4:]), median(processors[4:])

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
