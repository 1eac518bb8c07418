"""Pricing: the seller's own prices of an account, by file or row by row."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from packbench.carriers.models import CarrierAccount
from packbench.carriers.rate_file import ReadRates, read_file, read_rows, rows_of
from packbench.carriers.rate_table import RateTable
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

GONE = marked("This row is not in the table any more. Look at it again.")


def own_rates(account: CarrierAccount) -> RateTable:
    """Return the account's own prices; an empty table where there are none yet."""
    body = account.settings.get("rates")
    return RateTable() if body is None else RateTable.from_json(body)


def upload_rates(
    account: CarrierAccount, content: bytes, *, actor: str, now: datetime
) -> ReadRates:
    """Put the prices of a CSV file in place of all. A row that cannot be read changes nothing.

    Raises Rejected where the file is no such table.
    """
    said = read_file(content)
    if said.table is not None:
        with transaction.atomic():
            _keep(_locked(account), said.table, actor=actor, now=now)
    return said


@transaction.atomic
def add_rate_row(
    account: CarrierAccount, row: Mapping[str, str], *, actor: str, now: datetime
) -> None:
    """Add one row as the file has it; the step of the same weight is replaced. Raises Rejected."""
    locked = _locked(account)
    table = own_rates(locked)
    known = [each for each in rows_of(table) if not _is_same_step(each, row)]
    given = {**row, "currency": row.get("currency") or table.currency}
    rows = sorted([*known, given], key=_by_weight)
    _read(locked, rows, actor=actor, now=now)


@transaction.atomic
def remove_rate_row(
    account: CarrierAccount, row: Mapping[str, str], *, actor: str, now: datetime
) -> None:
    """Take one row out. Raises Rejected where it is gone, or others still speak of its zone."""
    locked = _locked(account)
    rows = rows_of(own_rates(locked))
    wanted = {name: cell for name, cell in row.items() if cell}
    found = next((each for each in rows if _filled(each) == wanted), None)
    if found is None:
        raise Rejected(GONE, code="row_gone")
    rows.remove(found)
    _read(locked, rows, actor=actor, now=now)


def _locked(account: CarrierAccount) -> CarrierAccount:
    return CarrierAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)


def _read(
    account: CarrierAccount, rows: Sequence[Mapping[str, str]], *, actor: str, now: datetime
) -> None:
    said = read_rows(enumerate(rows, start=1))
    if said.table is None:
        reason = said.refused[0].reason
        raise Rejected(reason.text, code="bad_rate_table", request_id="", **reason.values)
    _keep(account, said.table, actor=actor, now=now)


def _keep(account: CarrierAccount, table: RateTable, *, actor: str, now: datetime) -> None:
    account.settings = {**account.settings, "rates": table.as_json()}
    account.save(update_fields=["settings"])
    record("carrier.changed", account.workspace_id, actor=actor, now=now, carrier_id=account.pk)


def _filled(row: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if cell}


def _is_same_step(row: Mapping[str, str], other: Mapping[str, str]) -> bool:
    names = ("row", "service", "zone", "up_to_g")
    is_price = row["row"] == other.get("row") == "price"
    return is_price and all(row.get(name) == other.get(name) for name in names)


def _by_weight(row: Mapping[str, str]) -> int:
    """Steps in the order of their weights; what is no number is told of when it is read."""
    grams = row.get("up_to_g", "")
    return int(grams) if grams.isascii() and grams.isdigit() and len(grams) < 9 else 0
