"""Uploading: a table of orders is taken in sealed, mapped, and gone again within a day."""

from datetime import datetime

import msgspec
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.tables import (
    FIXABLE,
    LONGEST_MAP_NAME,
    MOST_COLUMNS,
    Columns,
    Field,
    TableMap,
    TableReader,
    built_in_maps,
    fit_map,
    guess_map,
    missing_of,
    open_table,
)
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.entering import check_own_shop
from packbench.orders.models import ColumnMap, Upload
from packbench.orders.upload_rows import UPLOAD_LIFE
from packbench.privacy.fields import sealer
from packbench.privacy.models import DataKey
from packbench.privacy.revealing import reveal

JOB = "orders.read_upload"
MOST_MAPS = 200
MOST_WAITING = 20  # files of a workspace that are kept at once

FILE_GONE = marked("The file is not kept any more. Upload it again.")
AT_WORK = marked("The file is being read right now. Wait until that is done.")
NOT_CHECKED = marked("Look at the preview before you import the file.")
MAP_LACKS = marked("Choose the columns of: %(fields)s.")
TWO_COLUMNS = marked("Two columns are the same field. Choose each field once.")
NAME_OF_BUILT_IN = marked("“%(name)s” is the name of a map that Packbench brings. Choose another.")
NO_MAP_NAME = marked("Give the map a name of up to %(most)s letters.")
TOO_MANY_MAPS = marked("There are %(most)s maps already. Delete one that is not used any more.")
TOO_MANY_FILES = marked("%(most)s files wait here already. Import or discard one of them.")

seal_content = sealer(Upload, "content")
Status = Upload.Status


@transaction.atomic
def keep_upload(store: Store, content: bytes, *, actor: str, now: datetime) -> Upload:
    """Keep a table for a shop, sealed, and propose a map. Raises Rejected where it is no table."""
    check_own_shop(store)
    kept = Upload.objects.filter(workspace=store.workspace_id, erased_at__isnull=True)
    if kept.count() >= MOST_WAITING:
        raise Rejected(TOO_MANY_FILES, code="too_many_files", most=MOST_WAITING)
    columns = open_table(content).columns()
    row, key = DataKey.make(store.workspace.key, now=now)
    DataKey.keep([row])
    upload = Upload.objects.create(
        workspace_id=store.workspace_id,
        store=store,
        key=row,
        content=seal_content(content, key),
        map=msgspec.to_builtins(guess_map(columns)),
        row_count=columns.rows,
        uploaded_by=actor,
        uploaded_at=now,
        expires_at=now + UPLOAD_LIFE,
    )
    _record("file.uploaded", upload, actor=actor, now=now, rows=columns.rows)
    return upload


def read_upload(upload: Upload, *, charset: str = "", delimiter: str = "") -> TableReader:
    """Open the file. Raises Rejected where it is gone, or cannot be read so."""
    content = _content(upload)
    if content is None:
        raise Rejected(FILE_GONE, code="file_gone")
    return open_table(content, charset=charset, delimiter=delimiter)


def columns_of(upload: Upload) -> Columns:
    """What the file's columns are, read as its map says. Raises Rejected."""
    given = upload.value
    return read_upload(upload, charset=given.charset, delimiter=given.delimiter).columns()


@transaction.atomic
def use_map(upload: Upload, given: TableMap, *, name: str = "", actor: str, now: datetime) -> None:
    """Read the file by this map: its preview is made anew. With a name the map is saved as well.

    Raises Rejected where the map lacks a field, the file is gone, or is being read right now.
    """
    _check_map(given)
    if name:
        save_map(upload.workspace, name, given, actor=actor, now=now)
    idle = Upload.objects.filter(
        pk=upload.pk,
        status__in=(Status.MAPPING, Status.CHECKED),
        erased_at__isnull=True,
        expires_at__gt=now,
    )
    begun = idle.update(
        status=Status.CHECKING,
        map=msgspec.to_builtins(given),
        map_name=name.strip(),
        **COUNTED_ANEW,
    )
    if not begun:
        raise _not_idle(upload)
    defer_once(JOB, upload_id=upload.pk)


def take_map(upload: Upload, name: str) -> TableMap:
    """The map of that name, saved or of another desk, as this file spells its headers.

    Raises Rejected where the file is gone; an unknown name leaves the upload's own map.
    """
    saved = ColumnMap.objects.filter(workspace=upload.workspace_id, name=name).first()
    known = saved.value if saved else built_in_maps().get(name)
    return fit_map(known, columns_of(upload)) if known else upload.value


@transaction.atomic
def begin_import(upload: Upload, *, now: datetime) -> None:
    """Import what was looked through. Safe to ask twice. Raises Rejected."""
    checked = Upload.objects.filter(
        pk=upload.pk, status=Status.CHECKED, erased_at__isnull=True, expires_at__gt=now
    )
    if checked.update(status=Status.IMPORTING, **COUNTED_ANEW):
        defer_once(JOB, upload_id=upload.pk)
        return
    upload.refresh_from_db()
    if upload.status == Status.MAPPING:
        raise Rejected(NOT_CHECKED, code="not_checked")
    if upload.status not in (Status.IMPORTING, Status.FINISHED):
        raise _not_idle(upload)


@transaction.atomic
def discard_upload(upload: Upload, *, actor: str, now: datetime) -> None:
    """Forget the file now. What was imported of it stays. Raises Rejected while it is read."""
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if row.is_at_work and row.claimed_until and row.claimed_until > now:
        raise Rejected(AT_WORK, code="file_at_work")
    if row.status != Status.FINISHED:
        row.status = Status.DISCARDED
        row.save(update_fields=["status"])
    erase_upload(row, actor=actor, now=now)


@transaction.atomic
def erase_upload(upload: Upload, *, actor: str, now: datetime) -> bool:
    """Destroy the file's key and empty what it sealed. Safe to run again."""
    here = Upload.objects.filter(pk=upload.pk, erased_at__isnull=True)
    if not here.update(content=None, samples=None, erased_at=now):
        return False
    DataKey.destroy([upload.key_id], now=now)
    _record("file.erased", upload, actor=actor, now=now)
    return True


def erase_expired(*, now: datetime) -> int:
    """Erase the files whose day is over. Returns how many."""
    count = 0
    for upload in Upload.objects.expired(now).order_by("pk")[:100]:
        unfinished = Upload.objects.filter(pk=upload.pk).exclude(status=Status.FINISHED)
        unfinished.update(status=Status.DISCARDED)
        count += erase_upload(upload, actor="packbench", now=now)
    return count


@transaction.atomic
def save_map(
    workspace: Workspace, name: str, given: TableMap, *, actor: str, now: datetime
) -> ColumnMap:
    """Save the map under its name, over one of the same name. Raises Rejected."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_MAP_NAME:
        raise Rejected(NO_MAP_NAME, code="bad_map_name", most=LONGEST_MAP_NAME)
    if name in built_in_maps():
        raise Rejected(NAME_OF_BUILT_IN, code="map_name_taken", name=name)
    maps = ColumnMap.objects.filter(workspace=workspace)
    if maps.exclude(name=name).count() >= MOST_MAPS:
        raise Rejected(TOO_MANY_MAPS, code="too_many_maps", most=MOST_MAPS)
    row, _ = ColumnMap.objects.update_or_create(
        workspace=workspace,
        name=name,
        defaults={"map": msgspec.to_builtins(given), "saved_at": now},
    )
    record("map.saved", workspace.pk, actor=actor, now=now, map_id=row.pk)
    return row


@transaction.atomic
def delete_map(row: ColumnMap, *, actor: str, now: datetime) -> None:
    row_id = row.pk
    row.delete()
    record("map.deleted", row.workspace_id, actor=actor, now=now, map_id=row_id)


COUNTED_ANEW = {
    "done_to": 0,
    "order_count": 0,
    "new_count": 0,
    "changed_count": 0,
    "same_count": 0,
    "refused_count": 0,
    "refused": {},
    "problem": None,
    "claimed_until": None,
}


def _check_map(given: TableMap) -> None:
    values = list(given.columns.values())
    known = {field.value for field in Field}
    fixable = {field.value for field in FIXABLE}
    if len(given.columns) > MOST_COLUMNS or not known.issuperset(values):
        raise Rejected(TWO_COLUMNS, code="bad_map")
    if len(set(values)) < len(values) or not fixable.issuperset(given.fixed):
        raise Rejected(TWO_COLUMNS, code="bad_map")
    missing = missing_of(given)
    if missing:
        named = ", ".join(group[0].value.replace("_", " ") for group in missing)
        raise Rejected(MAP_LACKS, code="map_lacks", fields=named)


def _not_idle(upload: Upload) -> Rejected:
    upload.refresh_from_db()
    if upload.has_file and upload.is_at_work:
        return Rejected(AT_WORK, code="file_at_work")
    return Rejected(FILE_GONE, code="file_gone")


def _content(upload: Upload) -> bytes | None:
    """The file; None where its key is gone, also after a restore, which brings no such key."""
    key = DataKey.objects.select_related("parent").filter(pk=upload.key_id).first()
    content: bytes | None = reveal(upload, "content", key) if key else None
    return content


def _record(name: str, upload: Upload, *, actor: str, now: datetime, **data: int) -> None:
    record(
        name,
        upload.workspace_id,
        actor=actor,
        now=now,
        store_id=upload.store_id,
        upload_id=upload.pk,
        **data,
    )
