"""Jobs that buy labels and tell stores, and the sweep that finds what a lost job left."""

from datetime import timedelta

from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import open_carrier
from packbench.channels.models import SellerAccount, Store
from packbench.channels.registry import open_channel
from packbench.jobs import defer_once, every, task
from packbench.jobs.leasing import lease
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.shipments.batching import plan_more
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.digesting import tell_of_refused
from packbench.shipments.erasing import sweep_due
from packbench.shipments.expiring import begin_reckoning
from packbench.shipments.feeding import begin_feed, carry_on
from packbench.shipments.forwarding import send_due_forwards
from packbench.shipments.learning import learn_all
from packbench.shipments.linking import open_linked
from packbench.shipments.manifesting import ask_for_form, forget_old_forms
from packbench.shipments.messaging import (
    due_messages,
    plan_messages,
    send_message,
    settle_messages,
)
from packbench.shipments.models import (
    Forward,
    Manifest,
    Notice,
    NoticeFeed,
    ReturnLabel,
    Shipment,
    StoreLink,
)
from packbench.shipments.purchasing import ACTOR
from packbench.shipments.return_mailing import (
    due_return_mails,
    send_return_mail,
    settle_return_mails,
)
from packbench.shipments.returning import open_returns, see_to_return
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import TooLate
from packbench.shipments.timing import renew_guards, retime
from packbench.shipments.tracking import track_parcels
from packbench.shipments.verifying import verify_notices
from packbench.shipments.voiding import finish_void
from packbench.shipments.warning import warn_of_late
from packbench.shipments.wishing import carrier_for

LEAST_PAUSE_S = 2.0
MOST_IN_A_SWEEP = 1000  # of each kind; the next sweep finds the rest


@task("shipments.buy")
def buy(shipment_id: str) -> None:
    shipment = Shipment.objects.with_order().get(pk=shipment_id)
    try:
        carrier = carrier_for(shipment, now=clock.now())
        if carrier is not None:
            buy_label(shipment, carrier, now=clock.now())
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
    if account.status != SellerAccount.Status.ACTIVE:
        return  # what waits is sent when it is resumed
    channel = open_channel(account)
    begin_feed(account, channel, now=clock.now())
    pause = send_due_notices(account, channel, clock=clock.now)
    if pause is not None:
        again = clock.now() + timedelta(seconds=max(pause, LEAST_PAUSE_S))
        defer_once("shipments.send_notices", at=again, account_id=account_id)


@task("shipments.carry_feed_on")
def carry_feed_on(feed_id: str) -> None:
    known = NoticeFeed.objects.select_related("account__application", "account__workspace__key")
    feed = known.filter(pk=feed_id, account__status=SellerAccount.Status.ACTIVE).first()
    if feed is None:
        return  # it goes on when the account is resumed
    wait = carry_on(feed, open_channel(feed.account), clock=clock.now)
    if wait is not None:
        defer_once("shipments.carry_feed_on", at=clock.now() + wait, feed_id=feed_id)


@task("shipments.forward")
def forward(link_id: str) -> None:
    link = StoreLink.objects.select_related("workspace__key").filter(pk=link_id).first()
    if link is None or link.paused_at:
        return
    pause = send_due_forwards(link, open_linked(link), clock=clock.now)
    if pause is not None:
        again = clock.now() + timedelta(seconds=max(pause, LEAST_PAUSE_S))
        defer_once("shipments.forward", at=again, link_id=link_id)


@task("shipments.track")
def track(carrier_account_id: str) -> None:
    account = CarrierAccount.objects.opened().get(pk=carrier_account_id)
    track_parcels(account, open_carrier(account), clock=clock.now)


@every("* * * * * 30")
@task("shipments.sweep_tracking")
def sweep_tracking(timestamp: int) -> None:
    """Have the carriers asked for the parcels whose turn it is, once a minute."""
    due = Shipment.objects.filter(next_track_at__lte=clock.now()).order_by("carrier_account")
    for account_id in due.values_list("carrier_account", flat=True).distinct():
        defer_once("shipments.track", carrier_account_id=account_id)


@task("shipments.retime")
def retime_store(store_id: str, after: str) -> None:
    """What waits follows the store's settings of now (SEED-61), from the id `after` on."""
    retime(Store.objects.get(pk=store_id), after=after, now=clock.now())


@every("* * * * * 45")
@task("shipments.renew_guards")
def renew(timestamp: int) -> None:
    renew_guards(now=clock.now())


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
    feeds = NoticeFeed.objects.due(now, lease=lease()).filter(account__status="active")
    for feed_id in feeds.values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("shipments.carry_feed_on", feed_id=feed_id)
    waiting = Forward.objects.due(now, lease=lease()).order_by("link")
    for link_id in waiting.values_list("link", flat=True).distinct():
        defer_once("shipments.forward", link_id=link_id)
    verify_notices(now=now)


@every("* * * * * 7")
@task("shipments.begin_erasing")
def begin_erasing(timestamp: int) -> None:
    """Every minute; a sweep that still runs is not joined by a second one in the queue."""
    defer_once("shipments.erase")


@task("shipments.erase")
def erase() -> None:
    sweep_due(clock=clock.now)


@every("23 3 * * *")
@task("shipments.reckon")
def reckon(timestamp: int) -> None:
    """Once a day every clock is set anew: no lost job lets one go wrong."""
    begin_reckoning(now=clock.now())


@every("17 * * * *")
@task("shipments.learn")
def learn(timestamp: int) -> None:
    """What parcels weighed on the scale is offered as their products' weight."""
    learn_all(now=clock.now())


@every("*/10 * * * *")
@task("shipments.digest")
def digest(timestamp: int) -> None:
    """Write to owners of what Amazon refused, at most once an hour."""
    tell_of_refused(now=clock.now())


@task("shipments.manifest")
def manifest(manifest_id: str) -> None:
    row = Manifest.objects.get(pk=manifest_id)
    account = CarrierAccount.objects.opened().get(pk=row.carrier_account_id)
    try:
        ask_for_form(row, lambda: open_carrier(account), now=clock.now())
    except TooLate:
        return


@every("* * * * * */20")
@task("shipments.sweep_manifests")
def sweep_manifests(timestamp: int) -> None:
    """Find forms that wait or were left behind, and forget those whose time is over."""
    due = Manifest.objects.due(clock.now(), lease=lease())
    for manifest_id in due.values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("shipments.manifest", manifest_id=manifest_id)
    forget_old_forms(now=clock.now())


@every("*/5 * * * * 20")
@task("shipments.alert")
def alert(timestamp: int) -> None:
    """Write to owners of what is stuck while its ship-by time comes near."""
    warn_of_late(now=clock.now())


@task("shipments.bulk")
def bulk(run_id: str) -> None:
    plan_more(run_id, clock=clock.now)


@every("* * * * * 50")
@task("shipments.sweep_messages")
def sweep_messages(timestamp: int) -> None:
    """What buyers of shops outside Amazon are told of their parcels."""
    now = clock.now()
    settle_messages(now=now)
    plan_messages(now=now)
    for message_id in due_messages(now=now).values_list("pk", flat=True)[:200]:
        defer_once("shipments.send_message", message_id=message_id)


@task("shipments.send_message")
def write_to_buyer(message_id: str) -> None:
    try:
        send_message(message_id, clock=clock.now)
    except RemoteError:
        return  # its row says what happened; the sweep sees to the rest


@task("shipments.buy_return")
def buy_return(return_id: str) -> None:
    row = ReturnLabel.objects.select_related("shipment__order__key__parent").get(pk=return_id)
    account = CarrierAccount.objects.opened().get(pk=row.carrier_account_id)
    see_to_return(row, lambda: open_carrier(account), now=clock.now())


@every("* * * * * 55")
@task("shipments.sweep_returns")
def sweep_returns(timestamp: int) -> None:
    """Return labels that wait or were left in doubt, and the e-mails that are owed with them."""
    now = clock.now()
    for return_id in open_returns(now=now).values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("shipments.buy_return", return_id=return_id)
    settle_return_mails(now=now)
    for mail_id in due_return_mails(now=now).values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("shipments.send_return_mail", mail_id=mail_id)


@task("shipments.send_return_mail")
def mail_a_return(mail_id: str) -> None:
    try:
        send_return_mail(mail_id, clock=clock.now)
    except RemoteError:
        return  # its row says what happened; the sweep sees to the rest
