"""A backlog imported on a simulated clock, against the quotas that Amazon publishes."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor

from packbench.channels.base import Credentials
from packbench.channels.connecting import add_store, keep_application, save_account
from packbench.channels.leads import Survey
from packbench.channels.models import SellerAccount, Skip
from packbench.channels.quota import DatabaseBuckets
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.datasets import WithheldSets
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.errors import RemoteError
from packbench.lib.http import new_client
from packbench.lib.marketplaces import by_country
from packbench.orders.chasing import chase_orders
from packbench.orders.enumerating import carry_on
from packbench.orders.importing import import_orders
from packbench.orders.models import Order
from packbench_sandbox.throttling import PUBLISHED
from tests.making import make_workspace

PAGE = 100  # orders
MINUTES, HOURS = 60.0, 3600.0  # in seconds
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def best_seconds(orders, *, is_empty=False):
    """When both buckets, full at first (or empty), have given calls for so many orders."""
    searches, singles = PUBLISHED["searchOrders"], PUBLISHED["getOrder"]

    def read_by(seconds):
        pages, ones = (
            floor(seconds * rate + (0 if is_empty else burst))
            for rate, burst in (searches, singles)
        )
        return pages * PAGE + ones

    seconds = 0
    while read_by(seconds) < orders:
        seconds += 1
    return seconds


@dataclass
class Simulation:
    """An account of the sandbox, and a worker that does what is due and lets time pass."""

    sandbox: object
    account: SellerAccount
    channel: AmazonChannel

    @property
    def now(self):
        return datetime.fromtimestamp(self.sandbox.clock.now(), UTC)

    def clock(self):
        return self.now

    def pass_time(self, seconds):
        self.sandbox.clock.advance(seconds)

    def work(self):
        """Do once what is due now: an import, surveys, single orders."""
        self.account.refresh_from_db()
        if self.account.next_import_at <= self.now:
            with suppress(RemoteError):  # the row says when to go on
                import_orders(self._fresh(), self.channel, clock=self.clock)
        for survey in Survey.objects.due(self.now).select_related("account", "run"):
            carry_on(survey, self.channel, clock=self.clock)
        if SellerAccount.objects.due_for_leads(self.now).exists():
            chase_orders(self._fresh(), self.channel, clock=self.clock)

    def work_until(self, is_done, *, most=timedelta(days=2)):
        """Work, and jump to the next time that something is due; return the seconds it took."""
        began = self.now
        while not is_done():
            assert self.now < began + most, "not done in time"
            self.work()
            if not is_done():
                self.pass_time(max((self._next_due() - self.now).total_seconds(), 1.0))
        return (self.now - began).total_seconds()

    def is_read(self):
        return not self.account.stores.filter(backfilled_at__isnull=True).exists()

    def known(self):
        """The numbers of all orders that are here, or are listed with the reason why not."""
        here = Order.objects.filter(store__account=self.account)
        skipped = Skip.objects.filter(account=self.account)
        return {
            *here.values_list("external_id", flat=True),
            *skipped.values_list("external_id", flat=True),
        }

    def is_polled(self):
        """Whether news were read after the histories had been."""
        read_at = max(self.account.stores.values_list("backfilled_at", flat=True))
        news = self.account.import_runs.filter(purpose="news", started_at__gte=read_at)
        return news.filter(finished_at__isnull=False).exists()

    def sold(self, *, until=None, is_ours=None):
        """What the sandbox says there is, in the marketplaces that are connected."""
        markets = set(self.account.stores.values_list("marketplace_id", flat=True))
        latest = (until or self.now).timestamp()
        orders = self.sandbox.world.orders_of(self.account.seller_id).values()
        return {
            order.id
            for order in orders
            if order.marketplace_id in markets
            and order.created_at <= latest
            and is_ours in (None, order.is_merchant_fulfilled)
        }

    def throttled(self):
        return sum(self.sandbox.stats()["throttled"].values())

    def calls(self, operation):
        return self.sandbox.stats()["calls"].get(operation, 0)

    def empty_buckets(self):
        """As if the application had just been used up: here and at Amazon."""
        whose = (self.account.seller_id, self.account.application.client_id)
        ours = self.channel._client._throttle
        for name in ("searchOrders", "getOrder"):
            rate, _ = PUBLISHED[name]
            while self.sandbox.throttle.allow(*whose, name, now=self.sandbox.clock.now()):
                pass
            ours._buckets.empty(f"{ours._account}:{name}", rate=rate)

    def _fresh(self):
        rows = SellerAccount.objects.select_related("application", "workspace__key")
        return rows.get(pk=self.account.pk)

    def _next_due(self):
        self.account.refresh_from_db()
        due = [self.account.next_import_at]
        if self.account.leads.exists():
            due.append(self.account.next_lead_at or self.now)
        due += Survey.objects.open().values_list("next_try_at", flat=True)
        return min(due)


def connect(sandbox, countries, *, seller="america"):
    """Connect a seller's stores, on the sandbox's clock throughout."""
    now = datetime.fromtimestamp(sandbox.clock.now(), UTC)
    token = sandbox.authorize(seller)
    workspace = make_workspace()
    application = keep_application(workspace, token["client_id"], token["client_secret"], now=now)
    markets = [by_country(country) for country in countries]
    credentials = Credentials(
        region=markets[0].region,
        **{
            name: token[name]
            for name in ("seller_id", "client_id", "client_secret", "refresh_token")
        },
    )
    account = save_account(
        application,
        credentials,
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=[market.id for market in markets],
        actor="proof",
        now=now,
    )
    for market in markets:
        add_store(account, market.id, name=market.name, actor="proof", now=now)
    channel = AmazonChannel(
        credentials,
        buckets=DatabaseBuckets(now=lambda: datetime.fromtimestamp(sandbox.clock.now(), UTC)),
        http=new_client(),
        endpoints=Endpoints.at(sandbox.url),
        tokens=TokenCache(now=sandbox.clock.now),
        withheld=WithheldSets(now=sandbox.clock.now),
    )
    return Simulation(sandbox, account, channel)
