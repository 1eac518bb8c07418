"""How fast pages of 100 orders are parsed and saved, encryption included."""

import sys
import time
from statistics import median

import httpx

from bench.scratch import django_on_scratch, show

ORDERS_PER_STORE = 700
ROUNDS = 5


def main():
    with django_on_scratch():
        pages = fetch_pages()
        sys.exit(0 if measure(pages) else 1)


def fetch_pages():
    """Raw pages of 100 orders, as the sandbox's Amazon sends them."""
    from packbench_sandbox import Sandbox

    pages, token = [], ""
    with Sandbox(orders_per_store=ORDERS_PER_STORE, rate_scale=10**6) as sandbox:
        granted = sandbox.authorize("europe")
        grant = {
            "grant_type": "refresh_token",
            **{name: granted[name] for name in ("refresh_token", "client_id", "client_secret")},
        }
        access = httpx.post(f"{sandbox.url}/auth/o2/token", data=grant).json()["access_token"]
        headers = {"x-amz-access-token": access, "User-Agent": "Packbench bench"}
        query = {
            "createdAfter": "2020-01-01T00:00:00Z",
            "includedData": "BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES",
        }
        while len(pages) < 40:
            url = f"{sandbox.url}/eu/orders/2026-01-01/orders"
            more = {"paginationToken": token} if token else {}
            answer = httpx.get(url, params={**query, **more}, headers=headers, timeout=60)
            answer.raise_for_status()
            pages.append(answer.content)
            token = answer.json().get("pagination", {}).get("nextToken", "")
            if not token:
                break
    return pages


def measure(pages):
    from django.db import connection

    from packbench.connectors.amazon.messages import parse_page
    from packbench.lib import clock
    from packbench.orders.saving import save_orders
    from tests.making import make_account, make_store

    size = len(pages) // (ROUNDS + 1)
    account = make_account(marketplace_ids=europe())
    stores = {
        marketplace: make_store(account, marketplace, name=marketplace) for marketplace in europe()
    }
    rates, shares = [], []
    for number in range(ROUNDS + 1):
        count, started, own = 0, time.perf_counter(), time.process_time()
        for body in pages[number * size : (number + 1) * size]:
            page = parse_page(body)
            save_orders(page.orders, stores, account=account, now=clock.now())
            count += len(page.orders)
        rates.append(count / (time.perf_counter() - started))
        shares.append(count / (time.process_time() - own))
    again = repeat(pages[:size], stores, account)
    connection.close()
    first = show("new orders, wall clock, median", median(rates[1:]), "orders/s", at_least=1000)
    show("new orders, our own processor time", median(shares[1:]), "orders/s", at_least=1000)
    show("orders seen before", again, "orders/s", at_least=1000)
    return first


def repeat(pages, stores, account):
    from packbench.connectors.amazon.messages import parse_page
    from packbench.lib import clock
    from packbench.orders.saving import save_orders

    count, started = 0, time.perf_counter()
    for body in pages:
        page = parse_page(body)
        save_orders(page.orders, stores, account=account, now=clock.now())
        count += len(page.orders)
    return count / (time.perf_counter() - started)


def europe():
    from packbench.lib.marketplaces import MARKETPLACES

    return [market.id for market in MARKETPLACES if market.region == "eu"]


if __name__ == "__main__":
    main()
