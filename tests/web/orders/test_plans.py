"""The grid at many orders: PostgreSQL walks indexes, and reads little, whatever is clicked."""

import re

import pytest
from django.db import connection
from django.http import QueryDict

from bench.grid import GRIDS, SEARCHES
from bench.loading import load
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.orders.searching import find_orders
from packbench.web import grid
from packbench.web.choosing import Choice
from tests.making import DE, make_account, make_means, make_order, make_store, make_workspace
from tests.web.orders.conftest import labeled

ORDERS = 6_000
BIG = re.compile(r"Seq Scan on (orders_\w+|shipments_shipment)")
# Blocks that one query may look at. To walk along all orders here takes 6,000.
OF_A_LIST, OF_A_SEARCH = 2_000, 1_500
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    workspace = make_workspace()
    account = make_account(workspace)
    stores = [make_store(account), make_store(account, DE, "Amazon DE")]
    workspace.stores.update(custom_fields=["purchase_order_number", "order_number", ""])
    make_means(workspace)
    pattern = labeled(make_order(stores[0], external_id="402-0")).order
    load(workspace, stores, pattern, ORDERS, now=clock.now(), is_sealed=False)
    return type(workspace).objects.select_related("key").get(pk=workspace.pk)


def planned(ask):
    """What PostgreSQL does for each query that `ask` makes."""
    queries = []

    def note(execute, sql, params, many, context):
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    plans = []
    with connection.cursor() as cursor:
        # So few rows might be read by whole for good: what is asked is whether an index serves.
        cursor.execute("set local enable_seqscan = off")
        for sql, params in queries:
            cursor.execute(f"explain (analyze, buffers) {sql}", params)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


def blocks(plan):
    """The most blocks that one of its nodes and what is below it read."""
    found = re.findall(r"Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?", plan)
    return max((int(hit or 0) + int(read or 0) for hit, read in found), default=0)


def test_every_click_and_search_walks_an_index(desk):
    order = Order.objects.get(pk=f"ord_{ORDERS // 2:026}")
    day, stores = order.placed_at.date(), list(desk.stores.order_by("pk"))
    words = {
        "store": stores[0].pk,
        "other": stores[1].pk,
        "middle": f"{ORDERS // 2:07}",
        "number": order.external_id,
        "part": order.external_id[4:11],
        "sent": f"{ORDERS // 2:09}",
        "name": "Anna Balermon",
        "phone": "+34 600 000 001",
        "day": day,
        "next_day": day,
        "deep": f"{int(order.placed_at.timestamp() * 1e6)}-{order.pk}",
    }
    bad = []
    for what, query, _ in GRIDS:
        choice = Choice.read(QueryDict(query.format(**words)))
        asked = grid.Asked(desk, choice, stores, clock.now())
        bad += judged(what, asked, most=OF_A_LIST)
    for what, text in SEARCHES:
        said = text.format(**words)
        choice = Choice(tab="all", s="src_1")
        asked = grid.Asked(desk, choice, stores, clock.now(), text=said, may_see_buyers=True)
        bad += judged(what, asked, most=OF_A_SEARCH)
    common = grid.Asked(desk, Choice(tab="all"), stores, clock.now(), text="402-")
    assert find_orders(desk, "402-").ids == set()
    bad += judged("what all have", common, most=OF_A_SEARCH)

    assert not bad, "\n\n".join(bad)


def judged(what, asked, *, most):
    """What is bad about the plans of what was asked."""
    plans = planned(lambda: grid.page_of(asked))
    bad = [plan for plan in plans if BIG.search(plan) or blocks(plan) > most]
    many = [f"{len(plans)} queries"] if len(plans) > 3 + 2 * len(grid.STEPS) else []
    return [f"{what}:\n{each}" for each in (*bad, *many)]
