"""Jobs about stores and their authorizations."""

from django.db.models import QuerySet

from packbench.channels.checking import check_account, is_due_for_check
from packbench.channels.complying import remind_of_numbers
from packbench.channels.forgetting import forget_attempts
from packbench.channels.models import SellerAccount
from packbench.channels.probing import probe_account
from packbench.channels.registry import open_channel
from packbench.channels.reminding import remind_all
from packbench.channels.stalling import tell_of_stalled
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.lib.errors import RemoteError

ACTOR = "packbench"
MOST_IN_A_SWEEP = 1000


@every("17 * * * *")
@task("channels.forget_attempts")
def forget_old_attempts(timestamp: int) -> None:
    forget_attempts(now=clock.now())


@task("channels.check_account")
def check(account_id: str) -> None:
    """Ask Amazon once whether an account whose year is over works; the next sweep asks again."""
    accounts = SellerAccount.objects.select_related("application", "workspace__key")
    account, now = accounts.get(pk=account_id), clock.now()
    if not is_due_for_check(account, now=now):
        return  # renewed meanwhile
    try:
        check_account(account, actor=ACTOR, now=now)
    except RemoteError:
        return


@task("channels.test_account")
def test(account_id: str) -> None:
    """Try out what the account may do; its row keeps what each probe showed."""
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account_id
    )
    if account.has_token:  # not revoked here meanwhile
        probe_account(account, open_channel(account), clock=clock.now)


@every("*/10 * * * *")
@task("channels.sweep")
def sweep(timestamp: int) -> None:
    """Announce deadlines, tell of imports that stopped, and see to accounts whose year is over."""
    now = clock.now()
    remind_all(now=now)
    tell_of_stalled(now=now)
    _check_each(SellerAccount.objects.ending(now))


@every("47 * * * *")
@task("channels.remind_of_numbers")
def remind_of_compliance(timestamp: int) -> None:
    """Announce registrations of a producer that expire."""
    remind_of_numbers(now=clock.now())


@every("23 * * * *")
@task("channels.probe_expired")
def probe_expired(timestamp: int) -> None:
    """Ask for expired accounts, hourly: one may have been renewed at Amazon (SEED-88)."""
    _check_each(SellerAccount.objects.lately_expired(clock.now()))


def _check_each(accounts: QuerySet[SellerAccount]) -> None:
    for account_id in accounts.values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("channels.check_account", account_id=account_id)
