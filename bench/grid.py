"""How fast the grid answers with 100,000 orders: p50 and p95 of the view, and its queries.

.venv/bin/python bench/grid.py [orders]
"""
# ruff: noqa: E402  Django must be set up before its models are imported

import os
import random
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["PACKBENCH_HOME"] = str(ROOT / ".cache" / "tests")

from tests.cluster import database_url

os.environ["DATABASE_URL"] = database_url()
os.environ["DJANGO_SETTINGS_MODULE"] = "packbench.config.settings"
import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment

from packbench.database.copying import copy_rows
from packbench.orders.models import Order, OrderItem, Status
from packbench.privacy.models import DataKey
from packbench.products.models import Product
from tests import making

ROUNDS = 40
LIMIT_MS = 50.0
SKUS = 400
SLOTS = ["purchase_order_number", "latest_delivery_date", "service_level"]


def main(count: int = 100_000) -> int:
    setup_test_environment()
    name = f"packbench_bench_{os.getpid()}"
    settings = connection.settings_dict
    settings["TEST"] = {**settings.get("TEST", {}), "NAME": name}
    _drop(name)
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        return measure(fill(count))
    finally:
        _drop(name)


def _drop(name: str) -> None:
    """Drop the scratch database, whoever (the autovacuum, an earlier run) is still in it."""
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'drop database if exists "{name}" with (force)')


def fill(count: int) -> Any:
    """Bulk insert orders of three stores: a fifth waits, the rest is history."""
    random.seed(4711)
    making.NOW = making.datetime.now(making.UTC)
    workspace = making.make_workspace()
    account = making.make_account(workspace)
    ids = ((making.ES, "ES"), (making.DE, "DE"), (making.FR, "FR"))
    stores = [making.make_store(account, market, f"Amazon {code}") for market, code in ids]
    # The most columns that there may be: three custom fields.
    workspace.stores.update(custom_fields=SLOTS, brand_color="#0f8a8a")
    pattern = making.make_order(stores[0])
    products = [
        Product(
            workspace=workspace,
            sku=f"SKU-{number:04}",
            title=f"Stoneware bowl {number}",
            weight_g=350,
            created_at=making.NOW,
        )
        for number in range(SKUS)
    ]
    Product.objects.bulk_create(products)
    began = time.perf_counter()
    for start in range(0, count, 5000):
        size = min(5000, count - start)
        numbers = range(start, start + size)
        rows = [_order(pattern, workspace, random.choice(stores), n) for n in numbers]
        copy_rows([row.key for row in rows])
        copy_rows(rows)
        copy_rows(
            [
                OrderItem(
                    order=row,
                    product=product,
                    position=place,
                    external_id=f"{row.pk}{place}",
                    sku=product.sku,
                    title=product.title,
                    quantity=random.choice((1, 1, 1, 2, 3)),
                )
                for row in rows
                for place, product in enumerate(
                    random.sample(products, random.choice((1, 1, 1, 2, 3)))
                )
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")  # as autovacuum leaves it
    print(f"{count:,} orders in {time.perf_counter() - began:.0f} s")
    return making.make_member(workspace)


def _order(pattern: Order, workspace: Any, store: Any, number: int) -> Order:
    """A sealed order of its own: its key, its address, its dates."""
    key, opened = DataKey.make(workspace.key, now=making.NOW)
    waits = number % 5 == 0
    placed = making.NOW - timedelta(minutes=random.randint(1, 60 * 24 * (3 if waits else 300)))
    due = placed + timedelta(hours=random.randint(20, 70))
    status = Status.AWAITING_SHIPMENT if waits else Status.SHIPPED
    problems = ["missing_weight"] if waits and number % 100 == 0 else []
    return Order(
        workspace=workspace,
        store=store,
        key=key,
        external_id=f"402-{number:07}-{number:07}",
        status=status,
        channel_status=status,
        remote_status=status,
        placed_at=placed,
        changed_at=placed,
        imported_at=placed,
        ship_by_at=due,
        due_at=due,
        service_level="STANDARD",
        programs=["PRIME"] if number % 9 == 0 else [],
        total_amount="12.90",
        total_currency="EUR",
        quantity=2,
        weight_g=350,
        is_gift=number % 17 == 0,
        problems=problems,
        has_problems=bool(problems),
        ship_to_city=random.choice(("Valencia", "Köln", "Lyon", "Sevilla")),
        ship_to_country="ES",
        custom_field1=f"PO {number:07}",
        custom_field2=due.date().isoformat(),
        custom_field3="STANDARD",
        recipient=Order._meta.get_field("recipient").seal(making.make_address(), opened),
    )


def measure(member: Any) -> int:
    """Time the addresses people open; answer 1 where the first page is slower than promised."""
    client = Client()
    client.force_login(member.person)
    htmx = {"HTTP_HX_REQUEST": "true"}
    page = client.get("/orders").content.decode()
    more = page.split('class="more-row" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    worst = 0.0
    for what, url, headers in (
        ("first page", "/orders", {}),
        ("tab: all", "/orders?tab=all", htmx),
        ("tab: all, by ship-by", "/orders?tab=all&sort=due", htmx),
        ("tab: shipped", "/orders?tab=shipped", htmx),
        ("Prime, awaiting", "/orders?mark=prime", htmx),
        ("not printed", "/orders?label=unprinted", htmx),
        ("next rows", more, htmx),
        ("search: number", "/orders?tab=all&q=402-0054321", htmx),
        ("search: SKU", "/orders?tab=all&q=SKU-0123", htmx),
        ("search: custom field", "/orders?tab=all&q=PO%200054321", htmx),
        ("search: city", "/orders?tab=all&q=valencia", htmx),
    ):
        p95 = _time(client, what, url, headers)
        worst = p95 if what == "first page" else worst
    print(f"first page p95 {worst:.1f} ms, promised {LIMIT_MS:.0f} ms")
    return int(worst > LIMIT_MS)


def _time(client: Client, what: str, url: str, headers: dict[str, str]) -> float:
    client.get(url, **headers)
    queries: list[str] = []
    with connection.execute_wrapper(partial(_note, queries)):
        client.get(url, **headers)
    times, cpu = [], []
    for _ in range(ROUNDS):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(url, **headers)
        times.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
        assert answer.status_code == 200, url
    p95 = quantiles(times, n=20)[18]
    print(
        f"{what:22} p50 {median(times):6.1f} ms  p95 {p95:6.1f} ms  of it our CPU "
        f"{median(cpu):5.1f} ms  {len(queries):2} queries  {len(answer.content) // 1024} KB"
    )
    return p95


def _note(queries: list[str], execute: Any, sql: str, *rest: Any) -> Any:
    queries.append(sql)
    return execute(sql, *rest)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
