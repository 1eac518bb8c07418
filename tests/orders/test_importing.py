"""Importing: nothing is lost, whatever is throttled, paused or changed meanwhile."""

import contextlib
from datetime import timedelta

import pytest

from packbench.channels.base import OrdersPage, OrderStatus, SkippedOrder
from packbench.channels.connecting import add_store
from packbench.channels.ending import end_authorization
from packbench.channels.models import ImportRun, SellerAccount, Skip, Store
from packbench.channels.settling import OrderSettings, change_store, pause_store, resume_store
from packbench.lib.errors import BadCredentials, Rejected, TemporaryError, Throttled
from packbench.orders import importing
from packbench.orders.importing import import_orders
from packbench.orders.models import Order
from packbench.shipments.models import Notice
from packbench.shipments.verifying import verify_notices
from tests.making import DE, ES, NOW, make_account, make_channel_order, make_store
from tests.shipments.faking import FakeChannel
from tests.shipments.test_confirming import send, shipped_order

pytestmark = pytest.mark.django_db


class Pages:
    """A channel that gives these pages (or raises them), and keeps what it was asked.

    Of a history the pages are what waits for a parcel: there is nothing else.
    """

    def __init__(self, *pages):
        self.pages, self.asked = list(pages), []

    def fetch_orders(self, query):
        if OrderStatus.SHIPPED in query.statuses:
            return OrdersPage(orders=())
        self.asked.append(query)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page


def page(*orders, **more):
    return OrdersPage(orders=orders, **{"read_until": NOW, **more})


def run(account, channel, now=NOW):
    account = SellerAccount.objects.get(pk=account.pk)
    return import_orders(account, channel, clock=lambda: now)


def test_an_order_that_cannot_be_read_is_recorded_as_skipped():
    store = make_store()

    run(store.account, Pages(page(skipped=(SkippedOrder("402-1", "unreadable"),))))

    assert Skip.objects.get().reason == "unreadable"


def test_a_skip_is_gone_once_the_order_is_here():
    store = make_store()
    run(store.account, Pages(page(make_channel_order(recipient=None))))
    assert Skip.objects.count() == 1

    later = make_channel_order(updated_at=NOW)
    run(store.account, Pages(page(later)), now=NOW + timedelta(minutes=5))

    assert Order.objects.count() == 1
    assert Skip.objects.count() == 0


def test_a_fault_in_the_page_is_shown_and_gives_the_claim_back():
    store = make_store()

    with contextlib.suppress(Exception):
        run(store.account, Pages(page(make_channel_order("9" * 51))))

    account = SellerAccount.objects.get()
    assert account.import_claimed_until is None
    assert Skip.objects.get().reason == "unreadable"


def test_more_pages_than_a_run_takes_are_read_by_the_next(monkeypatch):
    monkeypatch.setattr(importing, "MOST_PAGES", 2)
    store = make_store()
    pages = [page(make_channel_order(str(n)), next_page_token=f"t{n}") for n in range(4)]
    channel = Pages(*pages, page(make_channel_order("last")))

    for n in range(4):
        if channel.pages:
            run(store.account, channel, now=NOW + timedelta(minutes=5 * n))

    assert Order.objects.filter(external_id="3").exists()
    assert channel.asked[2].page_token == "t1"


def test_a_page_token_that_is_refused_for_ever_does_not_count_as_read(monkeypatch):
    monkeypatch.setattr(importing, "MOST_PAGES", 6)
    store = make_store()

    class Stubborn:
        def fetch_orders(self, query):
            if query.page_token:
                raise Rejected("Bad token.", code="rejected")
            return page(make_channel_order("1"), next_page_token="t")

    with contextlib.suppress(Rejected):
        run(store.account, Stubborn())

    assert Store.objects.get().backfilled_at is None
    assert SellerAccount.objects.get().imported_until is None


def wish(store, **changes):
    fields = {
        "has_amazon_fulfilled": store.has_amazon_fulfilled,
        "history_days": store.history_days,
        "custom_fields": store.custom_fields,
    }
    return OrderSettings(**{**fields, **changes})


def test_a_longer_history_chosen_while_the_first_is_being_read_is_read():
    store = make_store()
    throttled = Throttled("Wait.", code="throttled", retry_after=179)
    with pytest.raises(Throttled):
        run(store.account, Pages(page(next_page_token="t"), throttled))

    change_store(store, wish(store, history_days=90), actor="test", now=NOW)
    channel = Pages(*[page() for _ in range(3)])
    for n in range(3):
        run(store.account, channel, now=NOW + timedelta(minutes=5 * (n + 1)))

    oldest = min(query.created_after for query in channel.asked if query.created_after)
    assert oldest <= NOW - timedelta(days=89)


def test_a_longer_history_chosen_while_a_page_is_on_its_way_is_read():
    store = make_store()

    class Choosing(Pages):
        def fetch_orders(self, query):
            change_store(store, wish(store, history_days=90), actor="test", now=NOW)
            return super().fetch_orders(query)

    run(store.account, Choosing(page()))
    channel = Pages(page(), page())
    run(store.account, channel, now=NOW + timedelta(minutes=5))

    assert channel.asked[0].created_after <= NOW - timedelta(days=89)


@pytest.mark.parametrize("is_on_its_way", [False, True])
def test_a_renewal_reads_the_history_from_its_beginning(is_on_its_way):
    """A new authorization may bring a new role: pages before it may lack addresses."""
    store = make_store()

    class Renewing(Pages):
        def fetch_orders(self, query):
            if len(self.pages) == 1 and is_on_its_way:
                make_account(store.workspace)
            return super().fetch_orders(query)

    slow = Renewing(page(next_page_token="t"), Throttled("Wait.", code="throttled", retry_after=9))
    with contextlib.suppress(Throttled):
        run(store.account, slow)
    if not is_on_its_way:
        make_account(store.workspace)
    channel = Pages(page())
    run(store.account, channel, now=NOW + timedelta(minutes=5))

    assert channel.asked[0].created_after
    assert not channel.asked[0].page_token


def test_what_came_while_a_store_was_paused_longer_than_its_history_is_imported():
    account = make_account()
    store, other = make_store(account, ES, "ES"), make_store(account, DE, "DE")
    change_store(store, wish(store, history_days=1), actor="test", now=NOW)
    run(account, Pages(page()))
    pause_store(store, actor="test", now=NOW)
    later = NOW + timedelta(days=5)
    run(account, Pages(page(read_until=later)), now=later)

    resume_store(Store.objects.get(pk=store.pk), actor="test", now=later)
    channel = Pages(page(read_until=later), page(read_until=later))
    run(account, channel, now=later)
    run(account, channel, now=later)

    since = min(
        q.created_after or q.updated_after for q in channel.asked if ES in q.marketplace_ids
    )
    assert other
    assert since <= NOW


def test_a_run_that_was_taken_over_and_ended_is_not_opened_again():
    """A slow worker's `run.save()` writes its stale run over the newer one."""
    store = make_store()
    account = SellerAccount.objects.get()

    class Overtaken(Pages):
        def fetch_orders(self, query):
            if len(self.asked) == 1:
                SellerAccount.objects.update(import_claimed_until=None)
                rest = Pages(page(next_page_token="t2"), page(next_page_token="t3"), page())
                run(account, rest, now=NOW + timedelta(minutes=5))
            return super().fetch_orders(query)

    slow = Overtaken(page(next_page_token="t1"), TemporaryError("x", code="x"))
    with pytest.raises(TemporaryError):
        run(account, slow)

    assert store
    assert not ImportRun.objects.filter(finished_at__isnull=True).exists()


def test_a_refusal_of_the_old_token_does_not_end_the_renewed_authorization():
    make_store()
    stale = SellerAccount.objects.get()

    make_account(stale.workspace)  # the person reconnects while a job still uses the old token
    SellerAccount.objects.update(authorized_at=NOW + timedelta(minutes=1))
    end_authorization(stale, BadCredentials("Ended.", code="authorization_ended"), now=NOW)

    assert SellerAccount.objects.get().status == SellerAccount.Status.ACTIVE


def test_a_new_stores_history_does_not_cast_doubt_on_the_others_notices():
    order, channel = shipped_order(), FakeChannel()
    account = order.store.account
    run(account, Pages(page()))
    send(order, channel)
    assert Notice.objects.get().status == Notice.Status.ACCEPTED

    add_store(account, DE, name="DE", actor="test", now=NOW)
    later = NOW + timedelta(hours=2)  # its history was throttled for so long; ES was not polled
    history = Pages(page())
    run(account, history, now=later)
    assert history.asked[0].marketplace_ids == (DE,)
    verify_notices(now=later)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_paused_stores_notices_are_not_doubted_by_the_others_imports():
    account = make_account()
    order = shipped_order(store=make_store(account))
    make_store(account, DE, "DE")
    run(account, Pages(page()))
    send(order, FakeChannel())
    pause_store(order.store, actor="test", now=NOW)

    later = NOW + timedelta(hours=2)
    run(account, Pages(page()), now=later)
    verify_notices(now=later)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_without_the_packages_data_set_no_notice_is_doubted():
    order = shipped_order()
    run(order.store.account, Pages(page()))
    send(order, FakeChannel())

    later = NOW + timedelta(hours=2)
    shown = make_channel_order(updated_at=later)  # its packages were withheld
    run(order.store.account, Pages(page(shown, withheld=("PACKAGES",))), now=later)
    verify_notices(now=later)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_paused_store_still_tells_amazon_of_labels_that_were_bought():
    order, channel = shipped_order(), FakeChannel()

    pause_store(order.store, actor="test", now=NOW)
    send(order, channel)

    assert len(channel.confirmed) == 1


def test_news_are_looked_for_every_hour_while_a_long_history_comes_in():
    store = make_store()
    throttled = Throttled("Wait.", code="throttled", retry_after=179)
    with pytest.raises(Throttled):
        run(store.account, Pages(page(next_page_token="t1"), throttled))

    later = Pages(page(next_page_token="t2"), throttled)
    with pytest.raises(Throttled):
        run(store.account, later, now=NOW + timedelta(minutes=59))
    news = Pages(page(make_channel_order("new")))
    run(store.account, news, now=NOW + timedelta(minutes=61))
    rest = Pages(page())
    run(store.account, rest, now=NOW + timedelta(minutes=62))

    assert later.asked[0].page_token == "t1"
    assert news.asked[0].updated_after <= NOW
    assert Order.objects.filter(external_id="new").exists()
    assert rest.asked[0].page_token == "t2"
    assert Store.objects.get().backfilled_at is not None


def test_what_waits_for_a_parcel_is_asked_for_before_the_rest():
    store = make_store()

    class All(Pages):
        def fetch_orders(self, query):
            self.asked.append(query)
            return page()

    channel = All()
    run(store.account, channel)

    urgent, rest = channel.asked
    assert set(urgent.statuses) == {OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED}
    assert not set(urgent.statuses) & set(rest.statuses)
