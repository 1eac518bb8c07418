"""Stalling: orders that have not come in for hours are told of, once for each incident."""

from datetime import datetime, timedelta
from typing import Any

from packbench.accounts.writing import Letter
from packbench.channels.models import SellerAccount, Store
from packbench.channels.telling import tell_owners
from packbench.lib.marketplaces import REGION_NAMES
from packbench.lib.sentences import Sentence, marked

PATIENCE = timedelta(hours=2)
MOST_IN_A_SWEEP = 1000

STALLED = marked("No orders come in for two hours: seller %(seller)s (%(region)s)")
TRIED_AGAIN = marked(
    "The import is tried again by itself. If it stays so, look at the account's page."
)


def lasting(problem: dict[str, Any], before: dict[str, Any] | None, *, now: datetime) -> Any:
    """The problem as it is stored, with the time since when the imports fail."""
    return {**problem, "since": (before or {}).get("since") or now.isoformat()}


def tell_of_stalled(*, now: datetime) -> int:
    """Write to the owners whose imports have failed for two hours; return how many e-mails."""
    stalled = SellerAccount.objects.filter(
        status=SellerAccount.Status.ACTIVE,
        stores__paused_at__isnull=True,
        import_error__since__lte=(now - PATIENCE).isoformat(),
    )
    rows = stalled.select_related("workspace").distinct().order_by("id")[:MOST_IN_A_SWEEP]
    return sum(_tell(account, now=now) for account in rows)


def _tell(account: SellerAccount, *, now: datetime) -> int:
    problem: dict[str, Any] = account.import_error or {}
    who = {"seller": account.seller_id, "region": REGION_NAMES[account.region]}
    letter = Letter(
        kind=Store.Notification.IMPORT_STOPPED,
        key=f"stalled:{account.pk}:{problem['since']}",
        subject=Sentence(STALLED, who),
        paragraphs=(Sentence.from_json(problem), Sentence(TRIED_AGAIN)),
        path=f"/stores/accounts/{account.pk}",
    )
    kinds = [Store.Notification.IMPORT_STOPPED]
    return tell_owners(account.workspace, account.stores.all(), kinds, letter, now=now)
