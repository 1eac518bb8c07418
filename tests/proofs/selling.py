"""A seller's day for the proofs: connect, ask for labels, and see what the ledger says."""

from collections import Counter
from datetime import timedelta

import httpx

from packbench.carriers.models import CarrierAccount
from packbench.channels.base import Credentials, OrdersQuery
from packbench.channels.connecting import add_store, keep_application, save_account
from packbench.channels.models import SellerAccount, Store
from packbench.channels.registry import open_channel
from packbench.jobs import defer_once
from packbench.lib import clock
from packbench.lib.marketplaces import by_country
from packbench.orders.models import Status as OrderStatus
from packbench.orders.weighing import weigh_products
from packbench.shipments.batching import create_labels
from packbench.shipments.linking import GivenLink, save_link
from packbench.shipments.models import Forward, Notice, Shipment
from packbench.shipments.planning import Means
from tests.making import make_warehouse, make_workspace

COUNTRIES = ("ES", "FR", "DE")


def connect(address, seller="europe", countries=COUNTRIES):
    """Connect a seller's stores by a pasted token, with the sandbox's carrier as default."""
    app = httpx.get(f"{address}/_sandbox/app").json()
    token = httpx.post(f"{address}/_sandbox/authorizations", json={"seller": seller}).json()
    workspace, now = make_workspace(), clock.now()
    application = keep_application(workspace, app["client_id"], app["client_secret"], now=now)
    markets = [by_country(country) for country in countries]
    account = save_account(
        application,
        Credentials(
            region=markets[0].region,
            seller_id=token["seller_id"],
            client_id=app["client_id"],
            client_secret=app["client_secret"],
            refresh_token=token["refresh_token"],
        ),
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=[market.id for market in markets],
        actor="proof",
        now=now,
    )
    for market in markets:
        add_store(account, market.id, name=market.name, actor="proof", now=now)
    CarrierAccount.objects.create(
        workspace=workspace,
        carrier="sandbox",
        name="Sandbox Parcel",
        is_default=True,
        settings={"key": app["carrier"]["key"]},
        created_at=now,
    )
    return workspace


def link(workspace, shop, *, awaits_scan):
    """Link every store to the shop, which writes its own ledger."""
    for store in workspace.stores.all():
        given = GivenLink(kind="webhook", url=shop.url)
        shop.secrets.append(save_link(store, given, actor="proof", now=clock.now()))
    if awaits_scan:
        workspace.stores.update(feedback=Store.Feedback.FIRST_SCAN, confirm_hours_before=1)


class Importing:
    """Until the history of every store has been read."""

    def begin(self, workspace):
        pass

    def is_done(self, workspace):
        return not workspace.stores.filter(backfilled_at__isnull=True).exists()

    def progress(self, address):
        return _stats(address)["calls"].get("searchOrders", 0)


class Buying:
    """Until every order that can ship has its label."""

    def begin(self, workspace):
        skus = workspace.products.values_list("sku", flat=True)
        weigh_products(workspace, dict.fromkeys(skus, 400), actor="proof", now=clock.now())
        # Some parcels go to the Canary Islands.
        workspace.products.update(hs_code="420292", country_of_origin="ES")
        account = workspace.carrier_accounts.get(is_default=True)
        means = Means(account, make_warehouse(workspace), "standard")
        ready = [order for order in workspace.orders.to_ship() if order.can_ship]
        create_labels(workspace, ready, means, actor="proof", now=clock.now())

    def is_done(self, workspace):
        return all(shipment.has_label for shipment in workspace.shipments.all())

    def progress(self, address):
        return len(_ledger(address, "label.sold"))


class Scanning:
    """Until every parcel was scanned by the carrier, who is asked for each."""

    def __init__(self, address):
        self.address = address

    def begin(self, workspace):
        for number in workspace.shipments.values_list("tracking_number", flat=True):
            url = f"{self.address}/_sandbox/parcels/{number}"
            httpx.post(url, json={"code": "PICKUP"}).raise_for_status()
        workspace.shipments.update(next_track_at=clock.now())
        account = workspace.carrier_accounts.get(is_default=True)
        defer_once("shipments.track", carrier_account_id=account.pk)

    def is_done(self, workspace):
        return not workspace.shipments.filter(scanned_at__isnull=True).exists()

    def progress(self, address):
        return Shipment.objects.filter(scanned_at__isnull=False).count()


class Telling:
    """Until Amazon has taken every notice, and the linked shop every message."""

    def begin(self, workspace):
        pass

    def is_done(self, workspace):
        waiting = workspace.forwards.exclude(status=Forward.Status.ACCEPTED)
        told = not workspace.notices.exclude(status=Notice.Status.ACCEPTED).exists()
        return told and not waiting.exists()

    def progress(self, address):
        return len(_ledger(address, "shipment.confirmed"))


def stages(address, *, awaits_scan):
    scanning = [Scanning(address)] if awaits_scan else []
    return [Importing(), Buying(), *scanning, Telling()]


def delay(address, operation, *, seconds):
    """Let the operation take its time, so that there is a moment to be killed in."""
    fault = {
        "kind": "delay",
        "operation": operation,
        "count": 10**6,
        "delay_seconds": seconds,
    }
    httpx.post(f"{address}/_sandbox/faults", json=fault).raise_for_status()


def verdict(workspace, address):
    """What the sandbox's ledger says, beside what ours says."""
    entries = _ledger(address, "")
    kinds = Counter(entry["kind"] for entry in entries)
    sold = Counter(entry["reference"] for entry in entries if entry["kind"] == "label.sold")
    told = Counter(entry["order_id"] for entry in entries if entry["kind"] == "shipment.confirmed")
    numbers = list(workspace.orders.values_list("external_id", flat=True))
    shipped = set(
        workspace.orders.filter(status=OrderStatus.SHIPPED, confirmed_at__isnull=False).values_list(
            "external_id", flat=True
        )
    )
    return {
        "orders": len(numbers),
        "orders_doubled": len(numbers) - len(set(numbers)),
        "orders_lost": _lost(workspace, set(numbers)),
        "labels_asked": workspace.shipments.count(),
        "labels_sold": sum(sold.values()),
        "labels_sold_twice": sum(count - 1 for count in sold.values()),
        "orders_told": len(told),
        "orders_told_twice": sum(count - 1 for count in told.values()),
        "told_again": kinds["shipment.edited"],
        "shipped_but_not_told": len(shipped - set(told)),
        "throttled": sum(_stats(address)["throttled"].values()),
    }


def heard(shop):
    """What the linked shop's own ledger says."""
    told = Counter(said["shipment_id"] for said in shop.ledger.values())
    return {
        "shop_told": len(told),
        "shop_told_twice": sum(count - 1 for count in told.values()),
        "shop_repeats": shop.repeats,
        "shop_forged": shop.forged,
    }


def _lost(workspace, numbers):
    """Orders that the sandbox shows and that we neither have nor skipped knowingly."""
    account = SellerAccount.objects.select_related("application", "workspace__key").get()
    channel, token, shown = open_channel(account), "", set()
    since = clock.now() - timedelta(days=29)  # the pages of one search repeat its parameters
    while True:
        query = OrdersQuery(
            marketplace_ids=tuple(account.marketplace_ids),
            created_after=since,
            page_token=token,
        )
        page = channel.fetch_orders(query)
        shown |= {order.external_id for order in page.orders}
        token = page.next_page_token
        if not token:
            skipped = set(workspace.skips.values_list("external_id", flat=True))
            return len(shown - numbers - skipped)


def _ledger(address, kind):
    return httpx.get(f"{address}/_sandbox/ledger", params={"kind": kind}).json()["entries"]


def _stats(address):
    return httpx.get(f"{address}/_sandbox/stats").json()
