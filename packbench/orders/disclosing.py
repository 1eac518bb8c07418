"""Disclosing customers in a file: those that other shops know and nobody masks (SEED-48).

What came through Amazon serves its orders only, and is never in this file.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.customers.models import Customer
from packbench.events.recording import record
from packbench.lib.cells import harmless
from packbench.orders.knowing import Known, newest_known
from packbench.privacy.revealing import record_disclosure

COLUMNS = ("email", "name", "company", "phone", "city", "country", "store", "last_order")
DISCLOSED = ("recipient", "buyer")
AT_ONCE = 500
MOST = 100_000


@transaction.atomic
def export_customers(workspace: Workspace, *, actor: str, now: datetime) -> bytes:
    """A CSV (UTF-8 with a mark for spreadsheets) of customers whom nobody masks.

    On the record: who got the data of which orders.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for slice_ in _slices(workspace):
        known = [each for each in slice_.values() if each.buyer.email and not each.is_masked]
        for each in known:
            writer.writerow(map(harmless, _cells(each)))
        count += len(known)
        ids = [each.order.pk for each in known]
        record_disclosure(workspace.pk, ids, DISCLOSED, actor=actor, reason="export", now=now)
    record("customers.exported", workspace.pk, actor=actor, now=now, count=count)
    return file.getvalue().encode("utf-8-sig")


def _slices(workspace: Workspace) -> Iterator[dict[str, Known]]:
    """What other shops know of the customers, some at once."""
    reached = ""
    for _ in range(MOST // AT_ONCE):
        beyond = Customer.objects.filter(workspace=workspace, is_relay=False, pk__gt=reached)
        rows = list(beyond.order_by("pk")[:AT_ONCE])
        if not rows:
            return
        reached = rows[-1].pk
        yield newest_known(rows, without_amazon=True)


def _cells(each: Known) -> Sequence[str]:
    address = each.address
    return (
        each.buyer.email,
        each.name,
        each.company,
        address.phone,
        address.city,
        address.country,
        each.order.store.name,
        each.order.placed_at.date().isoformat(),
    )
