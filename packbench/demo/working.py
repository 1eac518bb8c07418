"""The desk's part of the demo: wait for orders, weigh, make labels, print, see Amazon told."""

import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from packbench.accounts.models import Workspace
from packbench.carriers.registry import default_account
from packbench.labels.printing import print_labels
from packbench.lib import clock
from packbench.orders.editing import edit_products
from packbench.orders.models import Status as OrderStatus
from packbench.orders.weighing import weigh_products
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Batch, Notice
from packbench.shipments.planning import Means
from packbench.shipments.progressing import progress_of

PATIENCE_S = 900
LOOK_EVERY_S = 0.5


class TookTooLong(Exception):
    """Something did not come to its end; the message says what."""


@dataclass(slots=True)
class Report:
    """What the demo did and found."""

    stores: list[str] = field(default_factory=list)
    orders: int = 0
    imported: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    labels: int = 0
    confirmed: int = 0
    refused: list[str] = field(default_factory=list)
    unshipped: list[str] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    printout: Path | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that should have shipped did."""
        return (
            not (self.refused or self.unshipped or self.told_twice)
            and self.confirmed == self.labels == self.asked
        )


def work(workspace: Workspace, home: Path, *, actor: str, since: datetime) -> Report:
    """Ship everything that can be shipped. Raises TookTooLong."""
    report = Report(stores=list(workspace.stores.order_by("name").values_list("name", flat=True)))
    _wait("Importing orders", lambda: _import_progress(workspace, since))
    _wait("Asking Amazon about products", lambda: _catalog_progress(workspace))
    _weigh(workspace, actor)
    batch = _ask_for_labels(workspace, report, actor)
    _wait("Buying labels", lambda: _batch_progress(batch))
    report.printout = _print(batch, home, actor)
    _wait("Telling Amazon", lambda: _notice_progress(workspace, batch))
    _fill(report, workspace, batch, since)
    return report


def _import_progress(workspace: Workspace, since: datetime) -> tuple[int, int, bool]:
    accounts = workspace.seller_accounts.all()
    done = all(account.imported_at and account.imported_at >= since for account in accounts)
    done = done and not workspace.stores.filter(backfilled_at__isnull=True).exists()
    return workspace.orders.count(), 0, done


def _catalog_progress(workspace: Workspace) -> tuple[int, int, bool]:
    asked = workspace.products.filter(fetched_at__isnull=False).count()
    total = workspace.products.count()
    return asked, total, asked == total


def _weigh(workspace: Workspace, actor: str) -> None:
    """Give every product what Amazon does not know: a weight, and what customs asks for."""
    skus = workspace.products.without_weight().values_list("sku", flat=True)
    weights = {sku: 120 + zlib.crc32(sku.encode()) % 1400 for sku in skus}
    weigh_products(workspace, weights, actor=actor, now=clock.now())
    lacking = workspace.products.listed().without_customs().values_list("sku", flat=True)
    changes = {sku: {"hs_code": "392410", "country_of_origin": "PT"} for sku in lacking}
    edit_products(workspace, changes, actor=actor, now=clock.now())


def _ask_for_labels(workspace: Workspace, report: Report, actor: str) -> Batch:
    waiting = workspace.orders.to_ship().order_by("due_at", "id")
    report.blocked = Counter(code for order in waiting for code in order.problems)
    ready = [order for order in waiting if order.can_ship]
    report.asked = len(ready)
    means = Means(
        default_account(workspace, now=clock.now()),
        workspace.warehouses.get(is_default=True),
        "standard",
    )
    return create_labels(workspace, ready, means, actor=actor, now=clock.now())


def _batch_progress(batch: Batch) -> tuple[int, int, bool]:
    progress = progress_of([batch])[batch.pk]
    return progress.done, progress.total, not progress.is_going_on


def _print(batch: Batch, home: Path, actor: str) -> Path | None:
    shipments = list(
        batch.shipments.labeled()
        .select_related("order__key__parent")
        .order_by("order__due_at", "id")
    )
    if not shipments:
        return None
    printout = print_labels(shipments, format="pdf", actor=actor, now=clock.now())
    path = home / f"{batch.pk}.pdf"
    path.touch(mode=0o600)
    path.write_bytes(printout.content)
    return path


def _notice_progress(workspace: Workspace, batch: Batch) -> tuple[int, int, bool]:
    counts = Counter(
        workspace.notices.filter(shipment__batch=batch).values_list("status", flat=True)
    )
    ended = counts[Notice.Status.ACCEPTED] + counts[Notice.Status.FAILED]
    return ended, counts.total(), ended == counts.total()


def _fill(report: Report, workspace: Workspace, batch: Batch, since: datetime) -> None:
    report.orders = workspace.orders.count()
    report.imported = workspace.orders.filter(imported_at__gte=since).count()
    report.skipped = Counter(workspace.skips.values_list("reason", flat=True))
    shipments = list(batch.shipments.select_related("order"))
    report.labels = sum(shipment.has_label for shipment in shipments)
    notices = workspace.notices.filter(shipment__batch=batch).select_related("order")
    report.confirmed = notices.filter(status=Notice.Status.ACCEPTED).count()
    report.refused = [
        f"{notice.order.external_id}: {(notice.problem or {}).get('text', '')}"
        for notice in notices.filter(status=Notice.Status.FAILED)
    ]
    report.unshipped = [
        shipment.order.external_id
        for shipment in shipments
        if shipment.order.status != OrderStatus.SHIPPED
    ]


def _wait(what: str, look: Callable[[], tuple[int, int, bool]]) -> None:
    """Show how far it got until it is done. `look` gives the count, the total, and whether."""
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        count, total, is_done = look()
        of_total = f" of {total}" if total else ""
        ending = "\n" if is_done or not sys.stdout.isatty() else ""
        if is_done or sys.stdout.isatty():
            print(f"\r  {what}: {count}{of_total}", end=ending, flush=True)
        if is_done:
            return
        if time.monotonic() > ends_at:
            raise TookTooLong(f"{what} was not done after {PATIENCE_S} s ({count}{of_total}).")
        time.sleep(LOOK_EVERY_S)
