"""Whom the pages of orders, batches and shipments let in."""

import pytest
from django.urls import reverse

from packbench.accounts.models import Member
from packbench.lib import clock
from packbench.orders.bulking import start_bulk
from packbench.orders.models import Order, SavedView
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Batch, Shipment
from packbench.web.order_urls import urlpatterns
from tests.making import NOW, make_means, make_member, make_order
from tests.web.orders.conftest import browser_of, labeled

WRITES = ["create_labels", "print_orders", "hold_orders", "release_orders", "weigh_orders"]

# What everybody may do: their own searches, views and columns.
OWN = ("search_orders", "save_view", "order_columns")


def url_of(pattern, **ids):
    names = pattern.pattern.converters
    return reverse(pattern.name, kwargs={name: ids[name] for name in names})


@pytest.fixture
def ids(store):
    shipment = labeled(make_order(store))
    return {
        "order_id": shipment.order_id,
        "shipment_id": shipment.pk,
        "batch_id": shipment.batch_id,
        "item_id": shipment.order.items.get().pk,
        "picture_id": "cpi_0",
        "photo_id": "pho_0",
        "note_id": "not_0",
        "notice_id": shipment.notices.get().pk,
        "view_id": SavedView.objects.create(workspace=store.workspace, name="V", created_at=NOW).pk,
        "run_id": start_bulk(
            store.workspace, "hold", [shipment.order_id], given={}, actor="t", now=NOW
        ).pk,
    }


@pytest.mark.parametrize(
    "pattern", [one for one in urlpatterns if one.pattern.converters], ids=lambda one: one.name
)
def test_rows_of_another_workspace_are_not_found(stranger, ids, pattern):
    url = url_of(pattern, **ids)

    answers = [ask(url).status_code for ask in (stranger.get, stranger.post)]

    assert set(answers) <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("name", WRITES)
def test_orders_of_another_workspace_cannot_be_touched(stranger, ids, name):
    before = Order.objects.values().get()
    data = {"order": ids["order_id"], "weight_g": "999", "reason": "x"}

    answer = stranger.post(reverse(name), data)

    assert "pdf" not in answer["Content-Type"]
    assert Order.objects.values("status", "weight_g").get() == {
        "status": before["status"],
        "weight_g": before["weight_g"],
    }
    assert Batch.objects.count() == 1


def test_rows_of_another_workspace_are_not_renewed(stranger, ids):
    page = stranger.post("/orders/rows", {"order": ids["order_id"]})

    assert ids["order_id"] not in page.content.decode()


@pytest.mark.parametrize(
    "pattern",
    [one for one in urlpatterns if one.name not in ("order_rows", *OWN)],
    ids=lambda one: one.name,
)
def test_a_viewer_changes_nothing(viewer, ids, pattern):
    answer = viewer.post(url_of(pattern, **ids), {"order": ids["order_id"], "weight_g": "5"})

    assert answer.status_code in (403, 405)
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda one: one.name)
def test_nobody_comes_in_without_signing_in(client, ids, pattern):
    url = url_of(pattern, **ids)

    answers = [client.get(url), client.post(url)]

    assert {answer.status_code for answer in answers} <= {302, 405}
    assert all("sign-in" in answer["Location"] for answer in answers if answer.status_code == 302)


def test_a_packer_may_buy(workspace, order):
    make_means(workspace)
    packer = browser_of(make_member(workspace, "pau@example.com", Member.Role.PACKER))

    packer.post("/orders/labels", {"order": order.pk})

    assert order.shipments.count() == 1


def test_no_address_holds_personal_data(owner, ids, workspace, order_with_name):
    pages = [owner.get(url_of(one, **ids)) for one in urlpatterns if one.name != "order_rows"]

    for page in pages:
        for url in str(page.content.decode(errors="replace")).split('href="')[1:]:
            assert "Zyxwvut" not in url.split('"')[0]


@pytest.fixture
def order_with_name(store):
    from tests.making import make_address

    order = make_order(store, external_id="402-9", recipient=make_address(name="Zyxwvut Quark"))
    create_labels(order.workspace, [order], make_means(order.workspace), actor="t", now=clock.now())
    return order


@pytest.mark.parametrize(
    "name",
    [
        *WRITES,
        "assign_orders",
        "rule_orders",
        "print_customizations",
        "download_customizations",
        "order_rows",
    ],
)
def test_what_cannot_be_an_orders_id_is_passed_over(owner, ids, name):
    data = {"order": ["\0", "a\0b"], "weight_g": "999", "reason": "x"}

    for order in (data["order"], [*data["order"], ids["order_id"]]):
        assert owner.post(reverse(name), data | {"order": order}).status_code < 500


@pytest.mark.parametrize("url", ["/orders/%00", "/orders/a%00b/items/c%00/customization"])
def test_an_address_with_what_no_id_has_is_not_found(owner, url):
    assert owner.get(url).status_code == 404
