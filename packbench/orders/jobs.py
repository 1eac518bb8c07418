"""Jobs that fetch orders."""

from packbench.accounts.models import Workspace
from packbench.channels.leads import Survey
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel, open_customizations, open_queue
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders import bulking, romanizing
from packbench.orders.archiving import archive_due
from packbench.orders.cataloging import (
    JOB,
    accounts_to_ask,
    fetch_products,
    mend_recent,
    place_products,
)
from packbench.orders.chasing import JOB as CHASE_JOB
from packbench.orders.chasing import chase_orders
from packbench.orders.checking import JOB as CHECKING_JOB
from packbench.orders.checking import check_unchecked, has_unchecked, judge_again
from packbench.orders.classifying import classify_all
from packbench.orders.customizations import Customization
from packbench.orders.customizing import JOB as CUSTOMIZATIONS_JOB
from packbench.orders.customizing import fetch_due
from packbench.orders.declaring import follow_origins
from packbench.orders.dividing import SURVEY_JOB
from packbench.orders.enumerating import carry_on, place_recounts
from packbench.orders.erasing import accounts_to_end, end_account
from packbench.orders.following import follow_products, unfinished_followings
from packbench.orders.forgetting import forget_traces
from packbench.orders.importing import import_orders
from packbench.orders.indexing import index_orders, unindexed_workspaces
from packbench.orders.inquiring import answer_inquiry, unfinished_inquiries
from packbench.orders.listening import JOB as LISTEN_JOB
from packbench.orders.listening import due_queues, listen
from packbench.orders.loading import load_upload, unfinished_uploads
from packbench.orders.opening import open_orders
from packbench.orders.refilling import refill_slots, rematch_products, unfinished_refills
from packbench.orders.releasing import release_due
from packbench.orders.reruling import JOB as RULING_JOB
from packbench.orders.reruling import go_on, unfinished_runs
from packbench.orders.searching import forget_searches
from packbench.orders.uploading import JOB as READING_JOB
from packbench.orders.uploading import erase_expired
from packbench.orders.weighing import FOLLOWING


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


@task(CHASE_JOB)
def chase(account_id: str) -> None:
    """Fetch orders that are known by their number."""
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account_id
    )
    if account.has_token:  # not revoked here meanwhile
        chase_orders(account, open_channel(account), clock=clock.now)


@task(SURVEY_JOB)
def survey(survey_id: str) -> None:
    """Go on with finding out which orders Amazon has."""
    accounts = "account__application", "account__workspace__key", "run"
    row = Survey.objects.select_related(*accounts).get(pk=survey_id)
    if row.account.has_token:
        carry_on(row, open_channel(row.account), clock=clock.now)


@task(LISTEN_JOB)
def listen_to(queue_id: str) -> None:
    listen(queue_id, open_queue, clock=clock.now)


@every("* * * * * */10")
@task("orders.sweep_leads")
def sweep_leads(timestamp: int) -> None:
    """Find orders to be fetched one by one, surveys to go on with, and queues to be read."""
    now = clock.now()
    for account in SellerAccount.objects.due_for_leads(now).order_by("id")[:1000]:
        defer_once(CHASE_JOB, account_id=account.pk)
    for survey_id in Survey.objects.due(now).order_by("id").values_list("id", flat=True)[:1000]:
        defer_once(SURVEY_JOB, survey_id=survey_id)
    for queue_id in due_queues(now=now):
        defer_once(LISTEN_JOB, queue_id=queue_id)


@every("13 * * * *")
@task("orders.sweep_recounts")
def sweep_recounts(timestamp: int) -> None:
    """Find the accounts whose orders are to be counted again."""
    place_recounts(now=clock.now())


@task("orders.inquire")
def inquire(inquiry_id: str) -> None:
    answer_inquiry(inquiry_id, open_channel, clock=clock.now)


@every("* * * * *")
@task("orders.sweep_early")
def sweep_early(timestamp: int) -> None:
    """Find pre-orders and others whose time has come."""
    open_orders(now=clock.now())


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
    """Find the stores and products that some order does not follow yet."""
    follow_origins()
    for job, store_id in unfinished_refills():
        defer_once(job, store_id=store_id)
    for workspace_id in unfinished_followings():
        defer_once(FOLLOWING, workspace_id=workspace_id)


@task(FOLLOWING)
def follow(workspace_id: str) -> None:
    """The orders of products that changed take over what changed."""
    follow_products(Workspace.objects.get(pk=workspace_id), now=clock.now())


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


@task("orders.index")
def index(workspace_id: str) -> None:
    index_orders(workspace_id, clock=clock.now)


@every("* * * * * 20")
@task("orders.sweep_index")
def sweep_index(timestamp: int) -> None:
    """Find the workspaces whose orders cannot all be found by their buyers yet."""
    for workspace_id in unindexed_workspaces():
        defer_once("orders.index", workspace_id=workspace_id)


@task(CUSTOMIZATIONS_JOB)
def fetch_customizations() -> None:
    """Fetch some of the customizations that are due; where there are more, another job goes on."""
    if fetch_due(open_customizations(), open_channel, clock=clock.now):
        defer_once(CUSTOMIZATIONS_JOB)


@every("* * * * * */15")
@task("orders.sweep_customizations")
def sweep_customizations(timestamp: int) -> None:
    """Find customizations that are due."""
    if Customization.objects.filter(next_try_at__lte=clock.now()).exists():
        defer_once(CUSTOMIZATIONS_JOB)


@task(RULING_JOB)
def ask_rules(run_id: str) -> None:
    go_on(run_id, now=clock.now())


@every("* * * * * */20")
@task("orders.sweep_rules")
def sweep_rules(timestamp: int) -> None:
    """Go on with runs that were left behind, and release what was held until now."""
    release_due(now=clock.now())
    for run_id in unfinished_runs():
        defer_once(RULING_JOB, run_id=run_id)


@every("11 * * * *")
@task("orders.forget_searches")
def forget_old_searches(timestamp: int) -> None:
    forget_searches(now=clock.now())


@task(bulking.JOB)
def bulk(run_id: str) -> None:
    bulking.work_on(run_id, clock=clock.now)


@every("* * * * * */30")
@task("orders.sweep_bulk")
def sweep_bulk(timestamp: int) -> None:
    """Find what is being done to many orders and whose job was lost."""
    for job, run_id in bulking.unfinished_runs(now=clock.now()):
        defer_once(job, run_id=run_id)


@task(CHECKING_JOB)
def check_addresses() -> None:
    check_unchecked(now=clock.now())


@task("orders.judge_addresses")
def judge_addresses(store_id: str) -> None:
    judge_again(store_id, now=clock.now())


@task(romanizing.JOB)
def romanize(store_id: str) -> None:
    romanizing.romanize_waiting(store_id, now=clock.now())


@every("* * * * * */30")
@task("orders.sweep_addresses")
def sweep_addresses(timestamp: int) -> None:
    """Find addresses that nobody checked yet, and those that a store wants in Latin letters."""
    if has_unchecked():
        defer_once(CHECKING_JOB)
    for store_id in romanizing.stores_to_romanize():
        defer_once(romanizing.JOB, store_id=store_id)


@task("orders.read_upload")
def read_uploaded(upload_id: str) -> None:
    load_upload(upload_id, clock=clock.now)


@every("* * * * * */10")
@task("orders.sweep_uploads")
def sweep_uploads(timestamp: int) -> None:
    """Find uploaded files that are not read to their end, and those whose day is over."""
    now = clock.now()
    erase_expired(now=now)
    for upload_id in unfinished_uploads(now=now):
        defer_once(READING_JOB, upload_id=upload_id)


@every("35 * * * *")
@task("orders.archive")
def archive(timestamp: int) -> None:
    """What the law makes a seller keep goes into the cold archive before its data ends."""
    archive_due(now=clock.now())
