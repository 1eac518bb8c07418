"""Lacking: data sets that Amazon refuses are done without, told of, and asked for again.

The orders keep coming. What they lacked is fetched once Amazon gives it again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from packbench.channels.leads import Lead
from packbench.channels.models import SellerAccount
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.orders.chasing import JOB as CHASE_JOB
from packbench.orders.chasing import note_leads
from packbench.orders.models import WORK, Order

ASK_AGAIN_AFTER = timedelta(minutes=30)  # a refusal costs a call of a scarce quota
MOST_COMPLETED = 5000  # orders, the most urgent first: the rest comes with its next change
ACTOR = "import"


def without(account: SellerAccount, *, now: datetime) -> tuple[str, ...]:
    """The data sets that are not asked for at present. After half an hour all are, once."""
    asked_at = account.withheld_asked_at
    if asked_at is None or now >= asked_at + ASK_AGAIN_AFTER:
        return ()
    return tuple(account.withheld)


@transaction.atomic
def note_withheld(
    account: SellerAccount, withheld: Sequence[str], *, left_out: Sequence[str], now: datetime
) -> None:
    """Note what a page came without; `left_out` was not even asked for.

    What is withheld from now on, and what is given again, leaves an event each.
    """
    row = SellerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    refused = [name for name in withheld if name not in row.withheld]
    given = [name for name in row.withheld if name not in withheld]
    is_asked = set(withheld) != set(left_out)
    row.withheld = list(withheld)
    since, row.withheld_since = row.withheld_since, row.withheld_since if withheld else None
    if withheld and row.withheld_since is None:
        row.withheld_since = now
    if not withheld:
        row.withheld_asked_at = None
    elif is_asked or row.withheld_asked_at is None:
        row.withheld_asked_at = now
    row.save(update_fields=["withheld", "withheld_since", "withheld_asked_at"])
    for name, sets in (("data.refused", refused), ("data.returned", given)):
        if sets:
            about = {"account_id": row.pk, "data_sets": sets}
            record(name, row.workspace_id, actor=ACTOR, now=now, **about)
    if given:
        _complete(row, since, now=now)
    account.withheld = row.withheld
    account.withheld_asked_at = row.withheld_asked_at


def _complete(account: SellerAccount, since: datetime | None, *, now: datetime) -> None:
    """Let the open orders that came meanwhile be fetched again, whole."""
    lacking = Q(is_address_withheld=True)
    if since:
        lacking |= Q(imported_at__gte=since) | Q(changed_at__gte=since)
    orders = Order.objects.filter(
        lacking, store__account=account, status__in=WORK, erased_at__isnull=True
    )
    numbers = orders.order_by("ship_by_at", "id").values_list("external_id", flat=True)
    note_leads(
        account,
        dict.fromkeys(numbers[:MOST_COMPLETED], now),
        why=Lead.Why.WITHHELD,
        now=now,
    )
    defer_once(CHASE_JOB, account_id=account.pk)
