"""Loading: an uploaded table is looked through, then imported, slice by slice, in a job.

How far it got stands in the upload's row: a worker that dies is followed by another one, which
goes on where the last whole slice ended. Each order comes in once, whoever reads it again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from packbench.channels.models import ImportRun, sentence_json
from packbench.channels.tables import RefusedLine, TableMap, TableOrder, TableOrders
from packbench.events.recording import record
from packbench.jobs.leasing import lease
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence
from packbench.orders.composing import Told
from packbench.orders.entering import REFUSALS, Kind, Verdict, enter_orders, judge
from packbench.orders.models import Upload
from packbench.orders.tellers import BY_FILE
from packbench.orders.upload_rows import Sample
from packbench.orders.uploading import erase_upload, read_upload
from packbench.privacy.fields import sealer, unseal
from packbench.privacy.models import DataKey

AT_ONCE = 250  # orders in a transaction
SAMPLED = 20  # orders that a preview shows
Status = Upload.Status
seal_samples = sealer(Upload, "samples")


def load_upload(upload_id: str, *, clock: Callable[[], datetime]) -> None:
    """Do what is left of looking through or importing the file. Safe to run at once elsewhere."""
    upload = _claimed(upload_id, now=clock())
    if upload is None:
        return
    try:
        read = _read(upload)
    except Rejected as error:
        _give_up(upload, error)
        return
    for start in range(upload.done_to, len(read.orders), AT_ONCE):
        if not _load_slice(upload, read, start, now=clock()):
            return  # another worker has it by now, or it was discarded
    _finish(upload, read, now=clock())


def unfinished_uploads(*, now: datetime) -> list[str]:
    """Uploads that a worker left half done, or none took up."""
    return list(Upload.objects.unfinished(now).order_by("pk").values_list("pk", flat=True)[:50])


def refused_lines(upload: Upload) -> list[RefusedLine]:
    """Every row that did not come in, or would not: its line and why. Raises Rejected."""
    return _refused(upload, _read(upload))


def refused_file(upload: Upload, say: Callable[[Sentence], str]) -> bytes:
    """Those rows as a table with their reasons, to be mended and uploaded. Raises Rejected."""
    given = upload.value
    reasons = {each.line: say(each.reason) for each in refused_lines(upload)}
    reader = read_upload(upload, charset=given.charset, delimiter=given.delimiter)
    return reader.refused_file(reasons)


def samples_of(upload: Upload) -> tuple[Sample, ...]:
    """The first orders as the preview shows them; none where they are gone."""
    key = DataKey.objects.select_related("parent").filter(pk=upload.key_id).first()
    if upload.samples is None or key is None or not key.is_alive:
        return ()
    shown: tuple[Sample, ...] = unseal(upload.samples, key.opened())
    return shown


def _claimed(upload_id: str, *, now: datetime) -> Upload | None:
    if not Upload.objects.unfinished(now).filter(pk=upload_id).update(claimed_until=now + lease()):
        return None
    return Upload.objects.select_related("store__workspace__key").get(pk=upload_id)


def _read(upload: Upload) -> TableOrders:
    given = upload.value
    reader = read_upload(upload, charset=given.charset, delimiter=given.delimiter)
    store = upload.store
    return reader.orders(given, time_zone=store.time_zone, currency=store.currency)


@transaction.atomic
def _load_slice(upload: Upload, read: TableOrders, start: int, *, now: datetime) -> bool:
    """Look through or import some orders and note it. False: the upload is not ours any more."""
    mine = Upload.objects.select_for_update().filter(
        pk=upload.pk,
        status=upload.status,
        claimed_until=upload.claimed_until,
        done_to=start,
        erased_at__isnull=True,
    )
    row = mine.first()
    if row is None:
        return False
    tolds = [_told(each, upload.value) for each in read.orders[start : start + AT_ONCE]]
    if upload.status == Status.IMPORTING:
        teller = BY_FILE.by(upload.uploaded_by)
        verdicts, entered = enter_orders(upload.store, tolds, teller=teller, now=now)
        new, changed, refused = entered.new, entered.changed, entered.refused
    else:
        verdicts = judge(upload.store, tolds, now=now)
        new, changed = _count(verdicts, Kind.NEW), _count(verdicts, Kind.CHANGED)
        refused = _by_code(verdicts)
        if start == 0:
            row.samples = _sampled(row, verdicts)
    row.new_count += new
    row.changed_count += changed
    row.same_count += _count(verdicts, Kind.SAME)
    for code, lines in refused.items():
        row.refused[code] = [*row.refused.get(code, []), *lines]
    row.order_count = len(read.orders)
    row.done_to = start + len(tolds)
    row.claimed_until = upload.claimed_until = now + lease()
    row.save()
    return True


@transaction.atomic
def _finish(upload: Upload, read: TableOrders, *, now: datetime) -> None:
    mine = Upload.objects.select_for_update().filter(
        pk=upload.pk, status=upload.status, claimed_until=upload.claimed_until
    )
    row = mine.first()
    if row is None:
        return
    row.refused_count = len(_refused(row, read))
    row.claimed_until = None
    if row.status == Status.CHECKING:
        row.status = Status.CHECKED
        row.save()
        return
    row.status, row.imported_at = Status.FINISHED, now
    row.save()
    _note_import(row, now=now)
    if not row.refused_count:
        erase_upload(row, actor="packbench", now=now)


def _note_import(upload: Upload, *, now: datetime) -> None:
    run = ImportRun.objects.create(
        workspace_id=upload.workspace_id,
        store_id=upload.store_id,
        started_at=now,
        finished_at=now,
        marketplace_ids=[""],
        pages=1,
        created_count=upload.new_count,
        changed_count=upload.changed_count,
        skipped_count=upload.refused_count,
    )
    record(
        "file.imported",
        upload.workspace_id,
        actor=upload.uploaded_by,
        now=now,
        store_id=upload.store_id,
        import_id=run.pk,
        upload_id=upload.pk,
        created=upload.new_count,
        changed=upload.changed_count,
        refused=upload.refused_count,
    )


def _give_up(upload: Upload, error: Rejected) -> None:
    """The file cannot be read by this map: the person chooses another."""
    mine = Upload.objects.filter(pk=upload.pk, claimed_until=upload.claimed_until)
    mine.update(status=Status.MAPPING, problem=sentence_json(error), claimed_until=None)


def _told(each: TableOrder, given: TableMap) -> Told:
    return Told(each.order, each.weight_g, given.fields, each.lines)


def _count(verdicts: Sequence[Verdict], kind: Kind) -> int:
    return sum(verdict.kind == kind for verdict in verdicts)


def _by_code(verdicts: Sequence[Verdict]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.kind == Kind.REFUSED:
            found.setdefault(verdict.code, []).extend(verdict.told.lines)
    return found


def _refused(upload: Upload, read: TableOrders) -> list[RefusedLine]:
    here = [
        RefusedLine(line, Sentence(REFUSALS[code]))
        for code, lines in upload.refused.items()
        for line in lines
    ]
    return sorted([*read.refused, *here], key=lambda each: each.line)


def _sampled(upload: Upload, verdicts: Sequence[Verdict]) -> object:
    key = DataKey.objects.select_related("parent").get(pk=upload.key_id).opened()
    return seal_samples(tuple(_samples(verdicts[:SAMPLED])), key)


def _samples(verdicts: Sequence[Verdict]) -> Iterator[Sample]:
    for verdict in verdicts:
        order = verdict.told.order
        place = order.recipient
        yield Sample(
            number=order.external_id,
            verdict=verdict.kind.value,
            name=(place.name or place.company) if place else "",
            place=f"{place.country} {place.postal_code} {place.city}" if place else "",
            items=tuple((item.quantity, item.sku or item.title) for item in order.items[:5]),
            weight_g=verdict.told.weight_g,
            line=verdict.told.lines[0] if verdict.told.lines else 0,
        )
