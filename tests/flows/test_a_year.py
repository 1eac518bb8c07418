"""A year at a pretend Amazon, on its clock: reminded, ended, renewed, and not one order lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from packbench.channels.base import Credentials
from packbench.channels.checking import check_account
from packbench.channels.connecting import (
    add_store,
    keep_application,
    save_account,
    selling_marketplaces,
)
from packbench.channels.models import QuotaBucket, SellerAccount
from packbench.channels.registry import open_channel, open_with
from packbench.channels.reminding import remind_all
from packbench.channels.renewing import renew_by_token
from packbench.channels.rotating import save_secret
from packbench.events.models import Event
from packbench.lib.errors import RemoteError
from packbench.orders.importing import import_orders
from packbench.orders.models import Order
from packbench_sandbox import Sandbox
from tests.making import ES, make_member
from tests.posting import MailServer, send_all, use

pytestmark = pytest.mark.django_db
BEGAN_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GAP = 12  # days between the end and the renewal


class Year:
    """A seller and their desk, day by day."""

    def __init__(self, sandbox, post):
        self.sandbox, self.post = sandbox, post
        self.workspace = make_member().workspace
        self.account_id = self.connect().pk
        self.letters = []  # (day, subject)

    @property
    def now(self):
        return datetime.fromtimestamp(self.sandbox.clock.now(), UTC)

    @property
    def day(self):
        return (self.now - BEGAN_AT).days

    @property
    def account(self):
        rows = SellerAccount.objects.select_related("application__workspace__key", "workspace__key")
        return rows.get(pk=self.account_id)

    def connect(self):
        keys = self.sandbox.authorize("europe")
        credentials = Credentials(
            region=keys["region"].lower(),
            **{
                name: keys[name]
                for name in ("seller_id", "client_id", "client_secret", "refresh_token")
            },
        )
        application = keep_application(
            self.workspace, credentials.client_id, credentials.client_secret, now=self.now
        )
        account = save_account(
            application,
            credentials,
            way=SellerAccount.Way.PRIVATE_APP,
            marketplace_ids=selling_marketplaces(open_with(credentials)),
            actor="test",
            now=self.now,
        )
        add_store(account, ES, name="Amazon ES", actor="test", now=self.now)
        return account

    def sell(self):
        return self.sandbox.world.create_order("europe", country="ES").id

    def live(self, until):
        """Let days pass, or weeks where nothing is near; the worker works each time."""
        while self.day < until:
            weeks_ahead = 335 - self.day >= 7 and until - self.day >= 7
            self.sandbox.clock.advance((7 if weeks_ahead else 1) * 86400)
            self.work()

    def work(self):
        before, now = len(self.post.letters), self.now
        QuotaBucket.objects.all().delete()  # they run on another clock
        remind_all(now=now)
        for account in (
            *SellerAccount.objects.ending(now),
            *SellerAccount.objects.lately_expired(now),
        ):
            check_account(account, actor="packbench", now=now)
        self.bring_in()
        send_all(now)
        self.letters += [(self.day, subject) for _, subject, *_ in self.post.texts()[before:]]

    def bring_in(self):
        """Import until nothing is due."""
        for _ in range(5):
            if not SellerAccount.objects.due_for_import(self.now).exists():
                return
            account = self.account
            try:
                import_orders(account, open_channel(account), clock=lambda: self.now)
            except RemoteError:
                return

    def rotate(self):
        self.sandbox.rotate_secret()
        self.live(self.day + 3)
        secret = self.sandbox.application("demo").client_secret
        save_secret(self.account.application, secret, actor="test", now=self.now)

    def told(self, words):
        return [day for day, subject in self.letters if words in subject]


@pytest.fixture
def year(settings):
    with (
        MailServer() as post,
        Sandbox(
            orders_per_store=3,
            arrivals_per_hour=0,
            rate_scale=1e6,
            clock=BEGAN_AT.timestamp(),
        ) as sandbox,
    ):
        settings.SANDBOX_URL = sandbox.url
        yield Year(sandbox, use(post, settings))


def renew_with_the_same_token(year):
    year.sandbox.renew("europe")  # at Amazon, and nobody tells the desk


def renew_with_a_new_token(year):
    token = year.sandbox.authorize("europe")["refresh_token"]
    known = Order.objects.order_by("-id").first().external_id
    renew_by_token(year.account, token, known_order=known, actor="test", now=year.now)


@pytest.mark.parametrize("renew", [renew_with_the_same_token, renew_with_a_new_token])
def test_a_year_passes_and_not_one_order_is_lost_or_comes_twice(year, renew):
    year.work()
    early = year.sell()
    year.live(150)
    year.rotate()
    year.live(300)
    year.rotate()
    late = year.sell()
    year.live(365 + GAP // 2)

    assert year.account.status == SellerAccount.Status.EXPIRED
    ended_at = year.account.ended_at
    in_the_gap = [year.sell() for _ in range(3)]
    year.sandbox.cancel_order(late)
    year.live(365 + GAP)
    assert not Order.objects.filter(external_id__in=in_the_gap).exists()

    renew(year)
    year.live(365 + GAP + 1)

    assert year.account.status == SellerAccount.Status.ACTIVE
    assert year.account.expires_at > year.now + 363 * DAY
    sold = {order.id for order in year.sandbox.world.orders("europe", country="ES")}
    here = {*Order.objects.values_list("external_id", flat=True)}
    skipped = {*year.workspace.skips.values_list("external_id", flat=True)}
    assert {early, late, *in_the_gap} <= here
    assert here | skipped >= sold - waiting_for_payment(year)
    imported = Counter(
        Event.objects.filter(name="order.imported").values_list("order_id", flat=True)
    )
    assert set(imported.values()) == {1}
    assert Order.objects.get(external_id=late).status == "cancelled"
    assert year.told("The authorization of seller") == [335, 342, 349, 356, 363, 364, 365]
    assert year.told("client secret") == [91, 150, 244, 303]  # looked at weekly; rotated in time
    assert year.told("Amazon orders have stopped") == [365]
    assert timedelta() <= ended_at - BEGAN_AT - 365 * DAY <= DAY


def waiting_for_payment(year):
    orders = year.sandbox.world.orders("europe", country="ES")
    state = year.sandbox.world.state
    return {order.id for order in orders if state(order.id).status == "PENDING"}


def test_a_secret_that_nobody_rotates_is_announced_then_pauses_and_goes_on(year):
    year.work()
    year.live(182)

    assert len(year.told("client secret")) == 4
    assert year.account.status == SellerAccount.Status.SECRET_REFUSED
    assert len(year.told("Amazon orders have stopped")) == 1
    in_the_gap = year.sell()
    year.live(184)

    year.sandbox.rotate_secret()
    secret = year.sandbox.application("demo").client_secret
    save_secret(year.account.application, secret, actor="test", now=year.now)
    year.live(185)

    assert year.account.status == SellerAccount.Status.ACTIVE
    assert Order.objects.filter(external_id=in_the_gap).exists()


def test_renewed_at_amazon_before_its_end_amazon_is_asked_and_nothing_stops(year):
    year.work()
    for day in (170, 340):
        year.live(day)
        year.rotate()
    year.sandbox.renew("europe")
    year.live(366)

    assert year.account.status == SellerAccount.Status.ACTIVE
    assert year.account.expires_at > year.now + 363 * DAY
    # It may have been on any day of the last month: the next reminders begin with the earliest.
    assert year.account.may_end_at < year.now + 336 * DAY
    assert "account.renewed" in Event.objects.values_list("name", flat=True)
    assert year.told("Amazon orders have stopped") == []


def test_what_was_revoked_in_seller_central_is_not_asked_for_again(year):
    year.work()
    year.sandbox.revoke("europe")
    year.live(3)
    calls = year.sandbox.stats()["calls"].get("token", 0)

    year.live(20)

    assert year.account.status == SellerAccount.Status.REVOKED
    assert year.sandbox.stats()["calls"].get("token", 0) == calls
    assert len(year.told("Amazon orders have stopped")) == 1
