"""The cold archive: what the law makes a seller keep, where nobody here can read it (SEED-76).

Sold orders are written, shortly before their buyers' data ends, into new files that are encrypted
(age) to a recipient whose identity is elsewhere. Files are only added, never changed; the desk has
no way to open one. What goes in is chosen by purpose and country.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyrage
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch
from pyrage import RecipientError, x25519

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.ids import new_id
from packbench.lib.sentences import marked
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.sealing import place_of
from packbench.privacy.models import Archived, ArchivePlan, opened_if_alive
from packbench.privacy.revealing import reveal

AT_ONCE = 500
AHEAD = timedelta(days=2)  # so long before the end: a worker that is away misses nothing
SOLD = (Status.SHIPPED, Status.PARTIALLY_SHIPPED)
PURPOSES = {
    "invoices": marked("Invoices and taxes: buyer, address, tax numbers, items, amounts"),
    "customs": marked("Customs: who got the parcel, where, items and amounts"),
}
OF_BUYERS = ("invoices",)  # purposes that need more than who got the parcel

BAD_RECIPIENT = marked("Enter an age recipient: age1 and 58 letters and digits after it.")
OWN_RECIPIENT = marked(
    "The identity of this recipient is on this machine. Make one elsewhere, so that nobody here "
    "can open the archive."
)
NO_PURPOSE = marked("Choose what the archive is for.")
NO_COUNTRY = marked("Choose at least one country.")


@transaction.atomic
def plan_archive(
    workspace: Workspace, given: Mapping[str, Any], *, actor: str, now: datetime
) -> ArchivePlan:
    """Save `recipient`, `purposes` and `countries`. Raises Rejected."""
    text = str(given["recipient"]).strip()
    _check_recipient(text)
    purposes = [code for code in PURPOSES if code in given["purposes"]]
    countries = sorted(set(given["countries"]))
    if not purposes:
        raise Rejected(NO_PURPOSE, code="no_purpose")
    if not countries:
        raise Rejected(NO_COUNTRY, code="no_country")
    plan, _ = ArchivePlan.objects.update_or_create(
        workspace_id=workspace.pk,
        defaults={
            "recipient": text,
            "purposes": purposes,
            "countries": countries,
            "changed_by": actor,
            "changed_at": now,
        },
    )
    record("archive.planned", workspace.pk, actor=actor, now=now, count=len(countries))
    return plan


@transaction.atomic
def end_archive(workspace: Workspace, *, actor: str, now: datetime) -> None:
    """From now on nothing goes in; what is there stays. Safe to run again."""
    if ArchivePlan.objects.filter(pk=workspace.pk).delete()[0]:
        record("archive.ended", workspace.pk, actor=actor, now=now)


def archive_due(*, now: datetime, most: int = AT_ONCE) -> int:
    """Archive the sold orders whose data ends within AHEAD, in slices. Safe to run again."""
    count = 0
    for plan in ArchivePlan.objects.order_by("pk"):
        while done := archive_slice(plan, now=now, most=most):
            count += done
    return count


@transaction.atomic
def archive_slice(plan: ArchivePlan, *, now: datetime, most: int = AT_ONCE) -> int:
    """Write one file with some of the workspace's orders; returns how many were looked at."""
    ArchivePlan.objects.select_for_update().get(pk=plan.pk)  # one at a time
    ids = list(
        _sold(plan)
        .filter(erase_at__lte=now + AHEAD)
        .order_by("erase_at", "pk")
        .values_list("pk", flat=True)[:most]
    )
    _archive(plan, ids, now=now)
    return len(ids)


@transaction.atomic
def archive_order(order: Order, *, now: datetime) -> None:
    """Archive one order before it is erased on request, where its workspace has a plan."""
    plan = ArchivePlan.objects.filter(pk=order.workspace_id).first()
    if plan and _sold(plan).filter(pk=order.pk).exists():
        _archive(plan, [order.pk], now=now)


def _sold(plan: ArchivePlan) -> Any:
    """Orders of the plan's countries that are not in the archive yet and can still be read."""
    done = Archived.objects.filter(order_id=OuterRef("pk"))
    return Order.objects.filter(
        workspace_id=plan.pk,
        status__in=SOLD,
        is_amazon_fulfilled=False,
        erased_at__isnull=True,
        ship_to_country__in=plan.countries,
    ).exclude(Exists(done))


def _archive(plan: ArchivePlan, ids: Sequence[str], *, now: datetime) -> None:
    """Write the file, then the rows: a file too many holds nothing that is not due to be kept."""
    if not ids:
        return
    items = Prefetch("items", OrderItem.objects.order_by("position", "pk"))
    orders = Order.objects.filter(pk__in=ids).select_related("store", "key__parent")
    lines = [_facts(row, plan) for row in orders.prefetch_related(items).order_by("pk")]
    name = _write(plan, lines, now=now)
    Archived.objects.bulk_create(
        [
            Archived(order_id=pk, workspace_id=plan.pk, purposes=plan.purposes, file=name, at=now)
            for pk in ids
        ],
        ignore_conflicts=True,
    )


def _facts(row: Order, plan: ArchivePlan) -> bytes:
    """One line: what the purposes need and nothing else."""
    key = opened_if_alive(row.key)
    facts: dict[str, Any] = {
        "order_id": row.pk,
        "number": row.external_id,
        "store": row.store.name,
        "purposes": plan.purposes,
        "placed_at": row.placed_at,
        "total": _amount(row.total_amount, row.total_currency),
        "recipient": place_of(row, key),
        "items": [
            {
                "sku": item.sku,
                "title": item.title,
                "quantity": item.quantity,
                "unit_price": _amount(item.unit_amount, item.unit_currency),
            }
            for item in row.items.all()
        ],
    }
    if key and set(plan.purposes) & set(OF_BUYERS):
        facts["buyer"] = reveal(row, "buyer", row.key)
        details = reveal(row, "details", row.key)
        facts["taxes"] = details.taxes if details else []
    return msgspec.json.encode(facts)


def _amount(amount: Any, currency: str) -> dict[str, str] | None:
    return None if amount is None else {"amount": str(amount), "currency": currency}


def _write(plan: ArchivePlan, lines: Sequence[bytes], *, now: datetime) -> str:
    """A new file, on the disk when this returns; nothing of it is ever there in clear."""
    folder = Path(settings.ARCHIVE_DIR) / plan.pk
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{now:%Y-%m-%d}-{new_id('arc')}.age"
    content = pyrage.encrypt(b"\n".join(lines), [x25519.Recipient.from_str(plan.recipient)])
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(folder / name, flags, 0o400), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return name


def _check_recipient(text: str) -> None:
    try:
        x25519.Recipient.from_str(text)
    except (RecipientError, ValueError):
        raise Rejected(BAD_RECIPIENT, code="bad_recipient") from None
    for path in Path(settings.KEYS_DIR).glob("*.key"):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("AGE-") and _public(line) == text:
                raise Rejected(OWN_RECIPIENT, code="own_recipient")


def _public(line: str) -> str:
    try:
        return str(x25519.Identity.from_str(line.strip()).to_public())
    except (pyrage.IdentityError, ValueError):
        return ""
