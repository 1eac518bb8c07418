"""Keeping rates: imported, entered and corrected by people; nothing is ever fetched by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from packbench.accounts.models import Workspace
from packbench.currencies.models import DisplayCurrency, ExchangeRate
from packbench.currencies.reading import DatedRate, is_code, read_rate, read_rates
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NO_CURRENCY = marked("Write a currency by its three letters, such as EUR.")
KEPT_FOR = timedelta(days=3 * 366)  # nobody has older orders; the bank's history begins in 1999
AT_ONCE = 10_000
WRITE = """
insert into currencies_exchangerate (workspace_id, "on", base, currency, rate, origin)
select %s, v.*, %s from unnest(%s::date[], %s::text[], %s::text[], %s::numeric[]) v
on conflict (workspace_id, base, currency, "on") do update
set rate = excluded.rate, origin = excluded.origin
where (currencies_exchangerate.rate, currencies_exchangerate.origin) is distinct from
    (excluded.rate, excluded.origin)
"""


@dataclass(frozen=True, slots=True)
class ImportedRates:
    """How many rates a file held, how many were new or other, and what it was too old for."""

    found: int
    changed: int
    too_old: int
    first: date | None
    last: date | None


@transaction.atomic
def import_rates(
    workspace: Workspace, content: bytes, *, actor: str, now: datetime
) -> ImportedRates:
    """Keep the rates of a file, but those older than three years. Safe to run again.

    A rate of the same pair and day is replaced. Raises Rejected where it is no file of rates;
    then nothing is kept.
    """
    file = read_rates(content)
    since = (now - KEPT_FOR).date()
    rates = [rate for rate in file.rates if rate.on >= since]
    origin = ExchangeRate.Origin.ECB if file.is_ecb else ExchangeRate.Origin.FILE
    changed = _write(workspace, rates, origin)
    days = [rate.on for rate in rates]
    done = ImportedRates(
        found=len(file.rates),
        changed=changed,
        too_old=len(file.rates) - len(rates),
        first=min(days, default=None),
        last=max(days, default=None),
    )
    record("rates.imported", workspace.pk, actor=actor, now=now, count=done.changed)
    return done


@transaction.atomic
def enter_rate(
    workspace: Workspace, on: str, base: str, currency: str, rate: str, *, actor: str, now: datetime
) -> bool:
    """Keep one rate as a person writes it. False: it was the same. Raises Rejected."""
    changed = _write(workspace, [read_rate(on, base, currency, rate)], ExchangeRate.Origin.PERSON)
    if changed:
        record("rates.entered", workspace.pk, actor=actor, now=now, count=changed)
    return bool(changed)


@transaction.atomic
def remove_rate(rate: ExchangeRate, *, actor: str, now: datetime) -> None:
    """Forget a rate. Safe to run again."""
    if ExchangeRate.objects.filter(pk=rate.pk).delete()[0]:
        record("rates.removed", rate.workspace_id, actor=actor, now=now, count=1)


@transaction.atomic
def choose_currency(workspace: Workspace, currency: str, *, actor: str, now: datetime) -> None:
    """Show amounts in this currency as well; empty: only as they are. Raises Rejected."""
    code = currency.strip().upper()
    if code and not is_code(code):
        raise Rejected(NO_CURRENCY, code="no_currency")
    if code == display_currency(workspace):
        return
    if code:
        DisplayCurrency.objects.update_or_create(pk=workspace.pk, defaults={"currency": code})
    else:
        DisplayCurrency.objects.filter(pk=workspace.pk).delete()
    record("currency.chosen", workspace.pk, actor=actor, now=now, currency=code)


def display_currency(workspace: Workspace) -> str:
    """The currency that amounts are shown in as well; empty where none was chosen."""
    row = DisplayCurrency.objects.filter(pk=workspace.pk).first()
    return row.currency if row else ""


def _write(workspace: Workspace, rates: Sequence[DatedRate], origin: str) -> int:
    count = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rates), AT_ONCE):
            columns = [list(column) for column in zip(*rates[start : start + AT_ONCE], strict=True)]
            cursor.execute(WRITE, [workspace.pk, origin, *columns])
            count += cursor.rowcount
    return count
