"""Jobs that fetch orders."""

from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.cataloging import (
    JOB,
    accounts_to_ask,
    fetch_products,
    mend_recent,
    place_products,
)
from packbench.orders.classifying import classify_all
from packbench.orders.erasing import accounts_to_end, end_account
from packbench.orders.forgetting import forget_traces
from packbench.orders.importing import import_orders
from packbench.orders.inquiring import answer_inquiry, unfinished_inquiries
from packbench.orders.refilling import refill_slots, rematch_products, unfinished_refills


@task("orders.import_account")
def import_account(account_id: str) -> None:
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account_id
    )
    try:
        import_orders(account, open_channel(account), clock=clock.now)
    except RemoteError:
        return  # the account's row says what happened and when to go on; the sweep sees to it


@every("* * * * * */5")
@task("orders.sweep")
def sweep(timestamp: int) -> None:
    """Find the accounts whose next poll is due, and questions to Amazon left unanswered."""
    now = clock.now()
    for account in SellerAccount.objects.due_for_import(now):
        defer_once("orders.import_account", account_id=account.pk)
    for inquiry_id in unfinished_inquiries(now=now):
        defer_once("orders.inquire", inquiry_id=inquiry_id)


@task("orders.inquire")
def inquire(inquiry_id: str) -> None:
    answer_inquiry(inquiry_id, open_channel, clock=clock.now)


@every("29 * * * *")
@task("orders.classify")
def classify(timestamp: int) -> None:
    """Find out what is sold where: the compliance page warns of numbers that it needs."""
    classify_all(now=clock.now())


@every("41 3 * * *")
@task("orders.forget_traces")
def forget_old_traces(timestamp: int) -> None:
    forget_traces(now=clock.now())


@task("orders.refill_slots")
def refill(store_id: str) -> None:
    refill_slots(store_id)


@task("orders.rematch_products")
def rematch(store_id: str) -> None:
    rematch_products(store_id, now=clock.now())


@every("* * * * * */30")
@task("orders.sweep_refills")
def sweep_refills(timestamp: int) -> None:
    """Find the stores whose orders do not all follow its settings yet."""
    for job, store_id in unfinished_refills():
        defer_once(job, store_id=store_id)


@task(JOB)
def fetch_account_products(account_id: str) -> None:
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account_id
    )
    if not account.has_token:
        return  # revoked here meanwhile
    if fetch_products(account, open_channel(account), clock=clock.now):
        defer_once(JOB, account_id=account_id)


@every("* * * * * */15")
@task("orders.sweep_products")
def sweep_products(timestamp: int) -> None:
    """Find the accounts whose products Amazon is to be asked about."""
    place_products()
    mend_recent(now=clock.now())
    for account_id in accounts_to_ask(now=clock.now()):
        defer_once(JOB, account_id=account_id)


@task("orders.erase_account")
def erase_account(account_id: str) -> None:
    """The account was revoked: its buyers' data is due now."""
    end_account(SellerAccount.objects.get(pk=account_id), now=clock.now())


@every("*/10 * * * *")
@task("orders.sweep_revoked")
def sweep_revoked(timestamp: int) -> None:
    """Find revoked accounts whose buyers' data is not all due yet."""
    for account_id in accounts_to_end():
        defer_once("orders.erase_account", account_id=account_id)
