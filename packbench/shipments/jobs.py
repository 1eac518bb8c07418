"""Jobs that buy labels and tell stores, and the sweep that finds what a lost job left."""

from datetime import timedelta

from packbench.carriers.registry import open_carrier
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel
from packbench.jobs import defer_once, every, task
from packbench.jobs.leasing import lease
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.purchasing import ACTOR
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import TooLate
from packbench.shipments.verifying import verify_notices
from packbench.shipments.voiding import finish_void

LEAST_PAUSE_S = 2.0
MOST_IN_A_SWEEP = 1000  # of each kind; the next sweep finds the rest


@task("shipments.buy")
def buy(shipment_id: str) -> None:
    shipment = Shipment.objects.with_order().get(pk=shipment_id)
    try:
        buy_label(shipment, open_carrier(shipment.carrier_account), now=clock.now())
    except TooLate:
        return


@task("shipments.settle")
def settle(shipment_id: str) -> None:
    shipment = Shipment.objects.with_order().get(pk=shipment_id)
    try:
        settle_doubt(shipment, open_carrier(shipment.carrier_account), now=clock.now())
    except TooLate:
        return


@task("shipments.finish_void")
def finish_a_void(shipment_id: str) -> None:
    shipment = Shipment.objects.with_order().get(pk=shipment_id)
    try:
        carrier = open_carrier(shipment.carrier_account)
        finish_void(shipment, carrier, actor=ACTOR, now=clock.now())
    except (TooLate, RemoteError):
        return  # its row says what happened; the sweep sees to the rest


@task("shipments.send_notices")
def send_notices(account_id: str) -> None:
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account_id
    )
    pause = send_due_notices(account, open_channel(account), clock=clock.now)
    if pause is not None:
        again = clock.now() + timedelta(seconds=max(pause, LEAST_PAUSE_S))
        defer_once("shipments.send_notices", at=again, account_id=account_id)


@every("* * * * * */5")
@task("shipments.sweep")
def sweep(timestamp: int) -> None:
    """Find unfinished purchases and notices: nothing depends on a queued job surviving."""
    now = clock.now()
    left_behind = {
        "shipments.buy": Shipment.objects.waiting_to_buy(now).filter(created_at__lte=now - lease()),
        "shipments.settle": Shipment.objects.left_in_doubt(now, lease=lease()),
        "shipments.finish_void": Shipment.objects.left_voiding(now, lease=lease()),
    }
    for job, shipments in left_behind.items():
        for shipment_id in shipments.values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
            defer_once(job, shipment_id=shipment_id)
    due = Notice.objects.due(now, lease=lease()).order_by("store__account")
    for account_id in due.values_list("store__account", flat=True).distinct():
        defer_once("shipments.send_notices", account_id=account_id)
    verify_notices(now=now)
