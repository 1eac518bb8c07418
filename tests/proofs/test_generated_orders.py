"""Orders made up from Amazon's own model: none is lost, none stops the others."""

import itertools
import json

import pytest
from django.db.models import Count
from hypothesis import HealthCheck, Phase, given, settings

from packbench.channels.models import Skip
from packbench.connectors.amazon.messages import parse_page
from packbench.orders.models import Order
from packbench.orders.recognizing import recognize_number
from packbench.orders.saving import save_orders
from packbench.orders.tracing import trace_order
from packbench.web.order_page import order_context
from tests.making import ES, NOW, make_member, make_store
from tests.proofs.schemas import pages
from tests.sandbox import oracle

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not oracle.is_here(), reason="Amazon's models are not beside the checkout"),
]
QUIET = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate, Phase.shrink),
}


def come_in(count, *, shows_all):
    """Let so many pages come in; returns how many orders are here, and skips by reason."""
    store = make_store()
    member = make_member(store.workspace)
    stores, numbers = {ES: store}, itertools.count()

    # Few examples are always the same ones: by chance they might miss a reason.
    @settings(max_examples=count, derandomize=shows_all, **QUIET)
    @given(pages())
    def every_order_is_here_or_its_reason_is(made):
        # Their own ids would repeat: the generator likes small values.
        ids = [f"402-{next(numbers):07}-0000001" for _ in made]
        orders = [order | {"orderId": pk} for pk, order in zip(ids, made, strict=True)]
        page = parse_page(json.dumps({"orders": orders}).encode())
        save_orders(page.orders, stores, account=store.account, unreadable=page.skipped, now=NOW)

        for number in ids:
            _check(store, member, number, shows_it=shows_all)

    every_order_is_here_or_its_reason_is()
    reasons = Skip.objects.values_list("reason").annotate(count=Count("id"))
    return Order.objects.count(), dict(reasons)


def _check(store, member, number, *, shows_it):
    row = Order.objects.for_page().filter(store=store, external_id=number).first()
    if row is None:
        assert store.account.skips.get(external_id=number).reason
        trace = trace_order(store.workspace, recognize_number(number), now=NOW)
        assert trace.skips
    elif shows_it:
        assert order_context(row, member, now=NOW)["order"] == row


def test_generated_orders_are_here_or_skipped_with_a_reason():
    here, skipped = come_in(150, shows_all=True)

    assert here > 20
    assert set(skipped) > {"digital", "no_store", "other_channel"}


@pytest.mark.proof
def test_10_000_generated_orders_are_here_or_skipped_with_a_reason():
    here, skipped = come_in(8_000, shows_all=False)

    assert here + sum(skipped.values()) >= 10_000
