"""Parcels and what Amazon is told of them, on a simulated clock, against its published quotas.

The orders are in the sandbox and here; labels come about at given moments, in rows as a purchase
leaves them; from there on it is the product that works. The judge is the sandbox's ledger.
"""

import copy
import heapq
import itertools
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.db import connection, transaction
from django.db.models import F

from packbench.carriers.registry import default_account
from packbench.channels.base import Credentials
from packbench.channels.connecting import add_store, keep_application, save_account
from packbench.channels.models import SellerAccount, Store
from packbench.channels.quota import DatabaseBuckets
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.datasets import WithheldSets
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.errors import RemoteError
from packbench.lib.http import new_client
from packbench.lib.marketplaces import by_country
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.feeding import begin_feed, carry_on
from packbench.shipments.models import Notice, NoticeFeed, Shipment, ShipmentItem
from packbench.shipments.owing import owe
from packbench.shipments.status import Status
from packbench_sandbox.clock import iso
from packbench_sandbox.world.orders import Change
from packbench_sandbox.world.orders import Order as SandboxOrder
from tests.making import make_channel_order, make_item, make_warehouse, make_workspace

SELLERS = (("europe", "ES"), ("america", "US"), ("far-east", "JP"), ("wide", "SE"),
           ("no-addresses", "ES"))  # fmt: skip
APPLICATIONS = ("demo", "other")
LEAST_PAUSE_S = 2.0  # as jobs.LEAST_PAUSE_S
DAY = timedelta(days=1)


@dataclass
class Parcel:
    """What was put in a parcel and handed to the carrier: the truth that Amazon must be told."""

    order_number: str
    tracking_number: str
    items: dict
    labeled_at: datetime
    ship_by_at: datetime


@dataclass
class Desk:
    """One account with a store, and its worker."""

    town: object
    account: SellerAccount
    store: Store
    channel: AmazonChannel
    template: SandboxOrder
    means: object = None
    parcels: list = field(default_factory=list)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def sell(self, quantities, *, ship_by_at):
        """An order with so many pieces of each item, at Amazon and here; returns its number."""
        return self.sell_many([quantities], ship_by_at=ship_by_at)[0]

    def sell_many(self, orders, *, ship_by_at):
        now, made = self.town.now, []
        for quantities in orders:
            serial = next(self.numbers)
            number = f"{self.town.desks.index(self) + 300}-{serial:07d}-0000001"
            items = {f"{serial:08d}{place:06d}": n for place, n in enumerate(quantities, 1)}
            self._put_into_sandbox(number, items, ship_by_at)
            made.append((number, items))
        rows = [
            make_channel_order(
                number,
                marketplace_id=self.store.marketplace_id,
                created_at=now,
                updated_at=now,
                ship_by_at=ship_by_at,
                items=tuple(make_item(pk, quantity=n) for pk, n in items.items()),
            )
            for number, items in made
        ]
        save_orders(rows, {self.store.marketplace_id: self.store}, account=self.account, now=now)
        return [number for number, _ in made]

    def label(self, number, pieces=None):
        """A label for the order, for all of it or these pieces by place; returns the shipment."""
        return self.label_many([(number, pieces)])[0]

    def label_many(self, wanted):
        now = self.town.now
        rows = {
            row.external_id: row
            for row in Order.objects.filter(
                store=self.store, external_id__in=[number for number, _ in wanted]
            ).prefetch_related("items")
        }
        made = []
        for number, pieces in wanted:
            order = rows[number]
            shipment = self._shipment(order, now)
            inside = self._inside(order, pieces)
            made.append((shipment, order, inside))
        Shipment.objects.bulk_create(shipment for shipment, _, _ in made)
        ShipmentItem.objects.bulk_create(
            ShipmentItem(shipment=shipment, order_item=item, quantity=n)
            for shipment, _, inside in made
            for item, n in inside
        )
        self.town.look_at_the_size()
        for shipment, order, inside in made:
            with transaction.atomic():
                owe(shipment, now=now)
            self.note(shipment, order, inside)
        return [shipment for shipment, _, _ in made]

    def note(self, shipment, order, inside):
        """Write down what is in the parcel, apart from the tables."""
        self.parcels.append(
            Parcel(
                order_number=order.external_id,
                tracking_number=shipment.tracking_number,
                items={item.external_id: n for item, n in inside},
                labeled_at=self.town.now,
                ship_by_at=order.ship_by_at,
            )
        )

    def tell(self):
        """What the worker's job does: returns in how many seconds it is worth going on."""
        begin_feed(self.account, self.channel, now=self.town.now)
        return send_due_notices(self.account, self.channel, clock=self.town.clock)

    def carry_feeds_on(self):
        """The next step of each feed whose turn has come."""
        due = NoticeFeed.objects.due(self.town.now, lease=timedelta(seconds=120))
        for feed in due.filter(account=self.account).select_related("account"):
            with suppress(RemoteError):
                carry_on(feed, self.channel, clock=self.town.clock)

    def open_notices(self):
        done = (Notice.Status.ACCEPTED, Notice.Status.NOT_REQUIRED)
        return Notice.objects.filter(store=self.store).exclude(status__in=done)

    def feed_times(self):
        """When the feeds under way want to be carried on."""
        under_way = NoticeFeed.objects.open().filter(account=self.account)
        return list(filter(None, under_way.values_list("next_try_at", flat=True)))

    def notice_times(self):
        """When the first of what waits is due."""
        waiting = self.open_notices().filter(feed=None).exclude(status=Notice.Status.FAILED)
        times = waiting.order_by(F("next_try_at").asc(nulls_first=True))
        return [at or self.town.now for at in times.values_list("next_try_at", flat=True)[:1]]

    def _put_into_sandbox(self, number, items, ship_by_at):
        body = copy.copy(self.template.body)
        body["orderId"] = number
        line = self.template.body["orderItems"][0]
        body["orderItems"] = [
            {**line, "orderItemId": pk, "quantityOrdered": n} for pk, n in items.items()
        ]
        fulfillment = dict(body["fulfillment"])
        fulfillment["shipByWindow"] = {
            **fulfillment.get("shipByWindow", {}),
            "latestDateTime": iso(ship_by_at.timestamp()),
        }
        body["fulfillment"] = fulfillment
        at = self.town.sandbox.clock.now()
        order = SandboxOrder(
            number,
            self.template.seller_id,
            self.template.marketplace_id,
            at,
            body,
            [Change(at, "placed", {"status": "UNSHIPPED"})],
        )
        self.town.sandbox.world.orders_of(order.seller_id)[number] = order

    def _shipment(self, order, now):
        account, warehouse = self.means
        return Shipment(
            workspace_id=order.workspace_id,
            order=order,
            status=Status.PURCHASED,
            carrier_account=account,
            warehouse=warehouse,
            service="standard",
            weight_g=400,
            tracking_number=f"{next(self.town.trackings):014d}",
            channel_code="DPD",
            channel_method="Classic",
            created_at=now,
            purchased_at=now,
        )

    @staticmethod
    def _inside(order, pieces):
        items = sorted(order.items.all(), key=lambda item: item.position)
        wanted = pieces or [item.quantity for item in items]
        return [(item, n) for item, n in zip(items, wanted, strict=True) if n]


class Town:
    """A sandbox with as many connected accounts as are wanted, on its clock throughout."""

    def __init__(self, sandbox, accounts):
        self.sandbox = sandbox
        self.trackings = itertools.count(1)
        self.analyzed = 0  # parcels
        self.desks = []
        pairs = itertools.product(APPLICATIONS, SELLERS)
        for application, (seller, country) in itertools.islice(pairs, accounts):
            self.desks.append(self._connect(application, seller, country))

    @property
    def now(self):
        return datetime.fromtimestamp(self.sandbox.clock.now(), UTC)

    def clock(self):
        return self.now

    def look_at_the_size(self):
        """What a database does by itself between transactions; a test is a single one."""
        count = sum(len(desk.parcels) for desk in self.desks)
        if count >= 4 * self.analyzed or not self.analyzed:
            with connection.cursor() as cursor:
                cursor.execute("analyze")
            self.analyzed = max(count, 50)

    def pass_until(self, moment):
        seconds = (moment - self.now).total_seconds()
        if seconds > 0:
            self.sandbox.clock.advance(seconds)

    def throttled(self):
        return sum(self.sandbox.stats()["throttled"].values())

    def run(self, moments, *, until):
        """Let what is planned happen at its moments, and the workers work in between."""
        turns = itertools.count()
        queue = [(at, next(turns), act, None) for at, act in moments]
        heapq.heapify(queue)
        awake = dict.fromkeys(range(len(self.desks)))

        def wake(number, at):
            if awake[number] is None or at < awake[number]:
                awake[number] = at
                heapq.heappush(queue, (at, next(turns), None, number))

        while queue and queue[0][0] <= until:
            at, _, act, number = heapq.heappop(queue)
            self.pass_until(at)
            if act is not None:
                for woken in act() or ():
                    wake(woken, self.now)
                continue
            if awake[number] != at:
                continue  # it was woken earlier
            awake[number] = None
            again = self._work(self.desks[number])
            if again is not None:
                wake(number, again)

    def finish(self, *, most=DAY):
        """Work until nothing is left to be told; returns the seconds it took."""
        began = self.now
        self.run([(self.now, lambda: range(len(self.desks)))], until=began + most)
        return (self.now - began).total_seconds()

    def _work(self, desk):
        desk.carry_feeds_on()
        pause = desk.tell()
        times = desk.feed_times()
        if pause is None:
            times += desk.notice_times()
        else:
            times.append(self.now + timedelta(seconds=max(pause, LEAST_PAUSE_S)))
        return max(min(times), self.now + timedelta(seconds=0.5)) if times else None

    def _connect(self, application, seller, country):
        token = self.sandbox.authorize(seller, application)
        workspace = make_workspace(f"{seller} {application}")
        row = keep_application(workspace, token["client_id"], token["client_secret"], now=self.now)
        market = by_country(country)
        names = ("seller_id", "client_id", "client_secret", "refresh_token")
        credentials = Credentials(region=market.region, **{name: token[name] for name in names})
        account = save_account(
            row,
            credentials,
            way=SellerAccount.Way.PRIVATE_APP,
            marketplace_ids=[market.id],
            actor="proof",
            now=self.now,
        )
        store = add_store(account, market.id, name=market.name, actor="proof", now=self.now)
        channel = AmazonChannel(
            credentials,
            buckets=DatabaseBuckets(now=self.clock),
            http=new_client(),
            endpoints=Endpoints.at(self.sandbox.url),
            tokens=TokenCache(now=self.sandbox.clock.now),
            withheld=WithheldSets(now=self.sandbox.clock.now),
        )
        template = self.sandbox.world.create_order(seller, country=country)
        desk = Desk(self, account, store, channel, template)
        desk.means = (default_account(workspace, now=self.now), make_warehouse(workspace))
        return desk


def verdict(town):
    """The ledger held against what was put into the parcels."""
    told = defaultdict(list)
    for entry in town.sandbox.ledger.confirmations():
        told[entry["package"]["trackingNumber"]].append(entry)
    found = defaultdict(int)
    for desk in town.desks:
        for parcel in desk.parcels:
            entries = told.pop(parcel.tracking_number, [])
            found["parcels"] += 1
            found["never_told"] += not entries
            found["told_twice"] += len(entries) > 1
            for entry in entries[:1]:
                at = datetime.fromtimestamp(entry["at"], UTC)
                items = {e["orderItemId"]: e["quantity"] for e in entry["package"]["packageItems"]}
                found["wrong_order"] += entry["order_id"] != parcel.order_number
                found["wrong_items"] += items != parcel.items
                found["before_the_label"] += at < parcel.labeled_at - timedelta(seconds=0.01)
                found["late"] += at > parcel.ship_by_at
                found["by_feed"] += "feed" in entry
    found["of_nobody"] = len(told)
    found["throttled"] = town.throttled()
    found["notices_open"] = sum(desk.open_notices().count() for desk in town.desks)
    return dict(found)


def has_fed(desk, seconds):
    """As if a feed of the account had taken so long before."""
    now = desk.town.now
    NoticeFeed.objects.create(
        workspace_id=desk.account.workspace_id,
        account=desk.account,
        status=NoticeFeed.Status.FINISHED,
        marketplace_ids=[desk.store.marketplace_id],
        count=1,
        created_at=now,
        sent_at=now - timedelta(seconds=seconds),
        done_at=now,
        finished_at=now,
    )


def without_nudges():
    """Nobody works off the queue of jobs here: the town wakes its workers itself."""
    return patch("packbench.shipments.owing.defer_once", lambda *args, **named: True)
