"""Filing: orders from the report “Unshipped orders”, for a store without API (design §6.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.channels.files import OrdersFile, RefusedRow, read_orders
from packbench.channels.models import ImportRun, Store
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_id
from packbench.lib.sentences import marked
from packbench.orders.saving import Saved, save_orders

NOT_A_FILE_STORE = marked(
    "Orders of this store come through Amazon's API. Upload reports to a store made for files."
)
AT_ONCE = 500  # orders


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """What a report brought: counts of orders, and the rows that were refused, with reasons."""

    run: ImportRun
    created: int
    changed: int
    known: int
    skipped: int
    refused: Sequence[RefusedRow]

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.changed or self.known or self.skipped or self.refused)


def import_report(store: Store, content: bytes, *, actor: str, now: datetime) -> ImportedReport:
    """Import the orders of the report. The same report again changes nothing but the log.

    Raises Rejected where the file is another one; then nothing is imported.
    """
    if not store.is_file_store or store.is_own_shop:
        raise Rejected(NOT_A_FILE_STORE, code="not_a_file_store")
    report = read_orders(content, by_id(store.marketplace_id), now=now)
    return _save(store, report, actor=actor, now=now)


@transaction.atomic
def _save(store: Store, report: OrdersFile, *, actor: str, now: datetime) -> ImportedReport:
    saved = Saved()
    for start in range(0, len(report.orders), AT_ONCE):
        page = save_orders(
            report.orders[start : start + AT_ONCE],
            {store.marketplace_id: store},
            account=None,
            now=now,
        )
        saved.created += page.created
        saved.changed += page.changed
        saved.skipped += page.skipped
    run = ImportRun.objects.create(
        workspace_id=store.workspace_id,
        store=store,
        started_at=now,
        finished_at=now,
        marketplace_ids=[store.marketplace_id],
        pages=1,
        created_count=len(saved.created),
        changed_count=len(saved.changed),
        skipped_count=len(saved.skipped) + len(report.skipped),
    )
    record(
        "report.imported",
        store.workspace_id,
        actor=actor,
        now=now,
        store_id=store.pk,
        import_id=run.pk,
        created=run.created_count,
        skipped=run.skipped_count,
    )
    new, changed, skipped = len(saved.created), len(saved.changed), len(saved.skipped)
    return ImportedReport(
        run,
        created=new,
        changed=changed,
        known=len(report.orders) - new - changed - skipped,
        skipped=skipped,
        refused=report.skipped,
    )
