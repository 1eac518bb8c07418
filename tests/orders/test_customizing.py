"""Customizations are fetched while their link lives, kept sealed, and end with the buyer's data."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from packbench.channels.base import ItemNotes, OrderStatus
from packbench.channels.customizations import Kind
from packbench.channels.models import SellerAccount
from packbench.channels.quota import DatabaseBuckets
from packbench.channels.registry import credentials_of, open_customizations
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.tokens import TokenCache
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.lib.http import new_client
from packbench.orders import jobs
from packbench.orders.customizations import Customization, CustomPicture
from packbench.orders.customized import open_customizations as opened
from packbench.orders.customized import open_picture
from packbench.orders.customizing import (
    MOST_TRIES,
    ask_again,
    claim_customization,
    fetch_customization,
    fetch_due,
)
from packbench.orders.models import Order, OrderItem
from packbench.orders.refetching import readdress_order
from packbench.orders.saving import save_orders
from packbench.orders.sealing import seal_notes
from packbench.privacy.revealing import reveal
from packbench.shipments.erasing import erase_now
from packbench_sandbox import Sandbox
from tests.making import ES, NOW, make_account, make_channel_order, make_item, make_store

pytestmark = pytest.mark.django_db
State = Customization.State


@pytest.fixture
def sandbox(settings):
    with Sandbox(clock=NOW.timestamp(), orders_per_store=0, arrivals_per_hour=0) as running:
        settings.SANDBOX_URL = running.url
        yield running


@pytest.fixture
def now(sandbox):
    return lambda: datetime.fromtimestamp(sandbox.clock.now(), UTC)


@pytest.fixture
def store(sandbox):
    granted = sandbox.authorize("europe")
    account = make_account(seller_id=granted["seller_id"])
    application, key = account.application, account.workspace.key.opened()
    application.client_id = granted["client_id"]
    seal = application._meta.get_field("client_secret").seal
    application.client_secret = seal(granted["client_secret"], key)
    application.save()
    seal = account._meta.get_field("refresh_token").seal
    account.refresh_token = seal(granted["refresh_token"], key)
    account.save()
    return make_store(account)


@pytest.fixture
def channel(store, sandbox, now):
    with new_client() as http:
        yield AmazonChannel(
            credentials_of(store.account),
            buckets=DatabaseBuckets(now),
            http=http,
            endpoints=Endpoints.at(sandbox.url),
            tokens=TokenCache(now=sandbox.clock.now),
        )


@pytest.fixture
def sell(sandbox, store, channel, now):
    """Let an order of a customized item come in."""

    def sell(*traits):
        made = sandbox.world.create_order("europe", country="ES", traits=traits or ["custom"])
        found = channel.fetch_order(made.id)
        save_orders([found], {ES: store}, account=store.account, now=now())
        return store.orders.get(external_id=made.id)

    return sell


@pytest.fixture
def fetch(channel, now):
    """What the job does."""

    def fetch():
        return fetch_due(open_customizations(), lambda account: channel, clock=now)

    return fetch


def row_of(order):
    return Customization.objects.get(item__order=order)


def texts(order):
    (found,) = [each for each in opened([order]) if each.row]
    surfaces = found.details.surfaces if found.details else ()
    return [choice.text for surface in surfaces for choice in surface.choices]


def test_an_imported_customization_waits_and_is_fetched_whole(sell, fetch, now):
    order = sell()
    assert row_of(order).state == State.WAITING

    fetch()

    assert row_of(order).state == State.FETCHED
    (found,) = opened([order])
    assert "Wooden box" in texts(order)
    assert len(found.pictures) == 2
    assert open_picture(found.pictures[0], order).startswith(b"RIFF")
    assert found.details.left_out == ("svg",)
    assert Event.objects.filter(name="customization.fetched", order_id=order.pk).count() == 1


def test_nothing_of_it_is_readable_without_the_orders_key(sell, fetch):
    order = sell()
    fetch()
    name = texts(order)[0]

    row = row_of(order)

    assert name.encode() not in row.details.ciphertext
    assert name not in f"{row.details!r} {opened([order])!r} {reveal(row, 'details', order.key)!r}"
    type(order.key).destroy([order.key_id], now=NOW)
    fresh = Order.objects.get(pk=order.pk)
    assert reveal(row, "details", fresh.key) is None


def test_fetching_twice_leaves_one_of_each(sell, fetch, now):
    order = sell()
    fetch()
    ask_again(order.items.get(), actor="ines", now=now())

    fetch()

    assert row_of(order).state == State.FETCHED
    assert CustomPicture.objects.count() == 2


def test_a_dead_link_is_replaced_by_what_amazon_says_now(sell, fetch, sandbox):
    order = sell()
    before = reveal(order.items.get(), "notes", order.key).customization_url
    sandbox.expire_links()

    fetch()

    assert row_of(order).state == State.FETCHED
    assert reveal(order.items.get(), "notes", order.key).customization_url != before


def test_where_amazon_gives_no_link_that_lives_a_person_is_told(sell, fetch, sandbox, now):
    order = sell()
    sandbox.faults.arm("refused", "customization", status=403, count=2)

    fetch()

    row = row_of(order)
    assert (row.state, row.next_try_at) == (State.EXPIRED, None)
    assert "expired" in row.problem["text"]
    ask_again(order.items.get(), actor="ines", now=now())
    fetch()
    assert row_of(order).state == State.FETCHED


@pytest.mark.parametrize("fault", ["500", "503_html", "cut", "lost_answer", "reset", "429"])
def test_what_may_pass_is_tried_again_later_by_itself(sell, fetch, sandbox, fault):
    order = sell()
    sandbox.faults.arm(fault, "customization")

    fetch()
    row = row_of(order)
    assert (row.state, row.tries) == (State.WAITING, 1)
    fetch()
    assert row_of(order).state == State.WAITING  # not before its time

    sandbox.clock.advance(61)
    fetch()
    assert row_of(order).state == State.FETCHED


def test_a_slow_answer_is_waited_for(sell, fetch, sandbox):
    order = sell()
    sandbox.faults.arm("slow", "customization", seconds=0.5)

    fetch()

    assert row_of(order).state == State.FETCHED


def test_a_huge_answer_is_refused_at_once(sell, fetch, sandbox):
    order = sell()
    sandbox.faults.arm("huge", "customization")

    fetch()

    row = row_of(order)
    assert (row.state, row.problem["code"]) == (State.FAILED, "customization_too_large")


def test_tries_end(sell, fetch, sandbox):
    order = sell()
    sandbox.faults.arm("500", "customization", count=50)

    for _ in range(MOST_TRIES + 3):
        fetch()
        sandbox.clock.advance(86_400)

    row = row_of(order)
    assert (row.state, row.tries, row.next_try_at) == (State.FAILED, MOST_TRIES, None)
    assert Event.objects.filter(name="customization.failed").count() == 1


def test_tries_end_too_where_every_worker_died_at_it(sell, fetch, now, sandbox):
    order = sell()
    for _ in range(MOST_TRIES):
        claim_customization(now=now())
        sandbox.clock.advance(3600)

    fetch()

    row = row_of(order)
    assert (row.state, row.next_try_at) == (State.FAILED, None)
    assert row.problem["code"] == "reading_overrun"
    ask_again(order.items.get(), actor="ines", now=now())
    fetch()
    assert row_of(order).state == State.FETCHED


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/t/1",
        "http://zme-caps.amazon.com/t/1",
        "https://zme-caps.amazon.com.evil.example/t/1",
        "https://user@zme-caps.amazon.com/t/1",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(settings, url):
    settings.SANDBOX_URL = None

    with pytest.raises(Rejected) as refused:
        open_customizations().fetch(url)

    assert refused.value.code == "customization_elsewhere"


def test_a_redirect_off_the_list_is_not_followed(sell, fetch, sandbox, monkeypatch):
    from packbench_sandbox.amazon import customizing
    from packbench_sandbox.wire import redirect

    order = sell()
    monkeypatch.setattr(
        customizing, "show_archive", lambda *_, **__: redirect("http://127.0.0.1:1/t/1")
    )

    fetch()

    assert row_of(order).problem["code"] == "customization_elsewhere"


def test_what_the_store_says_of_the_item_meanwhile_is_not_overwritten(sell, channel, now):
    order = sell()
    claimed = claim_customization(now=now())

    class Slow:
        """While it reads, an import brings another gift message."""

        def fetch(self, url):
            item = order.items.get()
            notes = reveal(item, "notes", order.key)
            newer = msgspec.structs.replace(notes, gift_message="For Ana")
            item.notes = seal_notes(newer, order.key.opened())
            item.save(update_fields=["notes"])
            return open_customizations().fetch(url)

        def read(self, content):
            return open_customizations().read(content)

    fetch_customization(claimed, Slow(), lambda account: channel, clock=now)

    assert row_of(order).state == State.FETCHED
    assert reveal(order.items.get(), "notes", order.key).gift_message == "For Ana"


def test_one_worker_at_a_time_and_a_dead_one_loses_its_claim(sell, now, sandbox):
    sell()

    first = claim_customization(now=now())

    assert claim_customization(now=now()) is None
    sandbox.clock.advance(121)
    again = claim_customization(now=now())
    assert again.pk == first.pk


def test_who_slept_over_the_claim_writes_nothing(sell, fetch, channel, now, sandbox):
    order = sell()
    slept = claim_customization(now=now())
    sandbox.clock.advance(121)
    fetch()
    before = row_of(order)

    fetch_customization(slept, open_customizations(), lambda account: channel, clock=now)

    assert row_of(order).fetched_at == before.fetched_at
    assert Event.objects.filter(name="customization.fetched").count() == 1


def test_it_ends_with_the_buyers_data_and_no_job_brings_it_back(sell, fetch, now):
    order = sell()
    fetch()
    ask_again(order.items.get(), actor="ines", now=now())
    claimed = claim_customization(now=now())

    erase_now(order, why="buyer", actor="ines", now=now())

    row = row_of(order)
    assert (row.state, row.details, row.next_try_at) == (State.ERASED, None, None)
    assert not CustomPicture.objects.exists()
    fetch()
    fetch_customization(claimed, open_customizations(), None, clock=now)
    assert row_of(order).state == State.ERASED
    with pytest.raises(Rejected, match="erased"):
        ask_again(order.items.get(), actor="ines", now=now())


class ErasingSource:
    """The buyer's data ends while the archive is being fetched."""

    def __init__(self, order, source, now):
        self.order, self.source, self.now = order, source, now

    def fetch(self, url):
        content = self.source.fetch(url)
        erase_now(self.order, why="buyer", actor="ines", now=self.now())
        return content

    def read(self, content):
        return self.source.read(content)


def test_what_was_under_way_when_the_data_ended_is_dropped(sell, channel, now):
    order = sell()
    source = ErasingSource(order, open_customizations(), now)

    fetch_due(source, lambda account: channel, clock=now)

    row = row_of(order)
    assert (row.state, row.details) == (State.ERASED, None)
    assert not CustomPicture.objects.exists()


def test_an_order_whose_address_is_fetched_again_gets_it_again(sell, fetch, channel, now):
    order = sell()
    fetch()
    erase_now(order, why="buyer", actor="ines", now=now())

    readdress_order(Order.objects.get(pk=order.pk), channel, actor="ines", now=now())
    fetch()

    assert row_of(order).state == State.FETCHED
    assert "Wooden box" in texts(Order.objects.get(pk=order.pk))


def test_a_store_of_reports_fetches_by_the_link_alone(sandbox, store, sell, fetch):
    order = sell()
    Order.objects.filter(pk=order.pk).update(store=make_file_store(store))
    fetch()
    assert row_of(order).state == State.FETCHED

    ask_again(order.items.get(), actor="ines", now=NOW)
    sandbox.expire_links()
    fetch()
    assert "newer report" in row_of(order).problem["text"]


def make_file_store(store):
    from packbench.channels.connecting import add_file_store

    return add_file_store(store.workspace, ES, name="Files", actor="test", now=NOW)


def test_an_account_that_is_not_connected_is_waited_for(sandbox, store, sell, fetch):
    order = sell()
    sandbox.expire_links()
    SellerAccount.objects.update(status=SellerAccount.Status.EXPIRED)

    fetch()

    row = row_of(order)
    assert (row.state, row.problem["code"]) == (State.WAITING, "not_connected")


def test_orders_that_are_done_are_left_alone(store):
    notes = ItemNotes(customization_url="https://zme-caps.amazon.com/t/1")
    items = (make_item(is_customized=True, notes=notes),)
    done = make_channel_order(status=OrderStatus.SHIPPED, items=items)

    save_orders([done], {ES: store}, account=store.account, now=NOW)

    assert not Customization.objects.exists()


class Archive:
    """A source that gives one file, whatever the link."""

    def __init__(self, content):
        self.content = content

    def fetch(self, url):
        return self.content

    def read(self, content):
        from packbench.connectors.amazon.custom.reading import read_archive

        return read_archive(content)


def test_a_hostile_archive_ends_in_a_sentence_and_the_next_one_goes_on(sell, channel, now):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.json", json.dumps({"customizationData": {}}))
        archive.writestr("x.jpg", bytes(15_000_000))
    bad = sell()

    fetch_due(Archive(bomb.getvalue()), lambda account: channel, clock=now)

    row = row_of(bad)
    assert (row.state, row.problem["code"]) == (State.FAILED, "archive_bomb")
    good = sell()
    fetch_due(open_customizations(), lambda account: channel, clock=now)
    assert row_of(good).state == State.FETCHED


def test_the_sweep_finds_what_is_due(sell):
    order = sell()
    Customization.objects.update(next_try_at=NOW - timedelta(days=365))

    jobs.sweep_customizations(0)
    jobs.fetch_customizations()

    assert row_of(order).state == State.FETCHED


def test_choices_keep_their_kinds(sell, fetch):
    order = sell()
    fetch()

    (found,) = opened([order])

    kinds = {choice.kind for surface in found.details.surfaces for choice in surface.choices}
    assert {Kind.TEXT, Kind.OPTION, Kind.IMAGE} <= kinds
    assert OrderItem.objects.get(order=order).is_customized
