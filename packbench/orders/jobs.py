"""Jobs that fetch orders."""

from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.importing import import_orders


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
    """Find the accounts whose next poll is due."""
    for account in SellerAccount.objects.due_for_import(clock.now()):
        defer_once("orders.import_account", account_id=account.pk)
