"""Revoking here: the token is deleted, jobs stop, buyers' data goes (SEED-89)."""

from datetime import datetime

from django.db import transaction

from packbench.channels.leads import HintQueue, Lead, Survey
from packbench.channels.models import ImportRun, SellerAccount
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.sentences import Sentence, marked

REVOKED_HERE = marked(
    "The authorization was revoked here: its token is deleted and the buyers' data of its orders "
    "is erased. Remove the application in Seller Central as well."
)


@transaction.atomic
def revoke_account(account: SellerAccount, *, actor: str, now: datetime) -> bool:
    """Delete the account's token for good and let its buyers' data be erased. Orders stay listed.

    What is on its way with the token ends with its call. Amazon's side is not touched: the seller
    removes the application there. False: it was revoked here before.
    """
    held = SellerAccount.objects.filter(pk=account.pk, refresh_token__isnull=False)
    reason = {**Sentence(REVOKED_HERE).as_json(), "code": "revoked_here"}
    if not held.update(
        refresh_token=None,
        status=SellerAccount.Status.REVOKED,
        status_reason=reason,
        ended_at=now,
        import_error=None,
        import_claimed_until=None,  # a running import notices with its next page
    ):
        return False
    unfinished = ImportRun.objects.filter(account=account, finished_at__isnull=True)
    unfinished.update(finished_at=now, page_token="")
    # What would be asked of Amazon by its token, and the key of the seller's own queue.
    Lead.objects.filter(account=account).delete()
    Survey.objects.open().filter(account=account).update(
        finished_at=now, outcome=Survey.Outcome.FAILED
    )
    HintQueue.objects.filter(account=account).delete()
    record("account.withdrawn", account.workspace_id, actor=actor, now=now, account_id=account.pk)
    defer_once("orders.erase_account", account_id=account.pk)
    return True
