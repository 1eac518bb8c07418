"""The page of a linked shop, and the list of what it was told."""

import pytest

from packbench.lib import clock
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.shipments.forwarding import send_due_forwards
from packbench.shipments.linking import open_linked
from packbench.shipments.models import Forward, StoreLink
from tests.connectors.linked.receiving import WebhookReceiver, serving
from tests.making import ES, make_account, make_channel_order, make_order, make_store
from tests.web.orders.conftest import labeled


@pytest.fixture(autouse=True)
def beside_the_sandbox(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"


@pytest.fixture
def receiver():
    with serving(WebhookReceiver()) as shop:
        yield shop


def page(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def link(owner, store, receiver):
    answer = owner.post(f"/stores/{store.pk}/link", {"kind": "webhook", "url": receiver.url})
    receiver.secrets = [answer.context["secret"]]
    return answer.content.decode()


def test_a_webhook_is_linked_and_its_secret_is_shown_once(owner, store, receiver):
    assert "Tell another shop of parcels" in page(owner, f"/stores/{store.pk}")

    shown = link(owner, store, receiver)

    assert receiver.secrets[0] in shown
    assert "whsec_" not in page(owner, f"/stores/{store.pk}/link")
    told = owner.post(f"/stores/{store.pk}/link/test", follow=True).content.decode()
    assert "The shop answers as it should." in told
    assert [said["type"] for said in receiver.ledger.values()] == ["test"]


def test_a_shop_that_does_not_answer_is_said(owner, store, receiver):
    link(owner, store, receiver)
    receiver.failures = [404]

    told = owner.post(f"/stores/{store.pk}/link/test").content.decode()

    assert "does not know this address" in told


def test_an_address_inside_is_refused_and_what_was_entered_stays(owner, store):
    form = {"kind": "webhook", "url": "https://192.168.1.20/hook"}

    answer = owner.post(f"/stores/{store.pk}/link", form)

    assert answer.status_code == 409
    assert "inside your own network" in answer.content.decode()
    assert "https://192.168.1.20/hook" in answer.content.decode()
    assert not StoreLink.objects.exists()


def test_what_the_shop_was_told_is_listed_and_told_again(owner, store, receiver):
    link(owner, store, receiver)
    labeled(make_order(store))
    receiver.failures = [403]
    row = StoreLink.objects.select_related("workspace__key").get()
    send_due_forwards(row, open_linked(row), clock=clock.now)
    forward = Forward.objects.get().pk

    shown = page(owner, "/shipments/outbox/linked?show=refused")
    owner.post("/shipments/outbox/linked/again", {"forward": forward})
    send_due_forwards(row, open_linked(row), clock=clock.now)

    assert "does not accept the secret" in shown
    assert "402-0000001-0000001" in shown
    assert "Accepted" in page(owner, "/shipments/outbox/linked")
    assert "Linked shops" in page(owner, "/shipments/outbox")


def test_a_person_stops_what_waits(owner, store, receiver):
    link(owner, store, receiver)
    labeled(make_order(store))

    owner.post(f"/shipments/outbox/linked/{Forward.objects.get().pk}/stop")

    assert Forward.objects.get().status == Forward.Status.STOPPED


def test_only_owners_link_and_only_their_own_stores(owner, viewer, stranger, store, receiver):
    link(owner, store, receiver)

    assert viewer.get(f"/stores/{store.pk}/link").status_code == 403
    for name in ("link", "link/test", "link/remove"):
        assert stranger.post(f"/stores/{store.pk}/{name}").status_code == 404
    assert stranger.get(f"/stores/{store.pk}/link").status_code == 404
    owner.post(f"/stores/{store.pk}/link/remove")
    assert not StoreLink.objects.exists()


def test_the_empty_list_says_how_a_shop_is_linked(owner, store):
    assert "No shop is linked" in page(owner, "/shipments/outbox/linked")


@pytest.fixture
def other(workspace):
    """The same marketplace through another account."""
    return make_store(make_account(workspace, seller_id="A3OTHER"), name="Amazon ES 2")


def test_an_order_that_another_account_brings_too_is_left_out_there_and_said(owner, store, other):
    order = make_order(store)

    twin = make_channel_order(order.external_id)
    save_orders([twin], {ES: other}, account=other.account, now=clock.now())

    shown = page(owner, f"/orders/{order.pk}")
    assert "came in through Amazon ES 2 too and was left out there" in shown


def test_the_same_order_of_two_stores_is_said_and_labeled_once(owner, store, other):
    """Two imports at the same moment may both bring it."""
    first, second = make_order(store), make_order(other, external_id="402-9")
    Order.objects.filter(pk=second.pk).update(external_id=first.external_id)
    assert "came in through Amazon ES 2 too" in page(owner, f"/orders/{first.pk}")

    labeled(first)
    answer = owner.post(
        f"/orders/{second.pk}/label", {"weight_g": "400", "service": "standard"}, follow=True
    )

    assert "has a label there" in answer.content.decode()
    assert not second.shipments.exists()
