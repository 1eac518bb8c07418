"""Invoicing: what a carrier bills is held against what was paid; the difference is booked, once."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet, Sum

from packbench.carriers.models import CarrierAccount
from packbench.events.recording import record
from packbench.lib.money import Money
from packbench.lib.sentences import Sentence, marked
from packbench.shipments.invoice_file import (
    BilledRow,
    Columns,
    Meaning,
    plain_number,
    read_invoice,
)
from packbench.shipments.invoices import plain_tracking_number
from packbench.shipments.models import Charge, Invoice, InvoiceLine, Label, ReturnLabel
from packbench.shipments.spending import charge, of_label

UNKNOWN_NUMBER = marked("No label here has this tracking number.")
OTHER_ACCOUNT = marked("The label was bought with %(carrier)s.")
TWO_LABELS = marked("Two labels have this tracking number. Look at both.")
OTHER_CURRENCY = marked("The label was paid in %(paid)s, and the row is in %(billed)s.")
SLICE = 1_000
SETTING = "invoice_columns"
Key = tuple[str, str]  # invoice number, digest of the row
Billed = Label | ReturnLabel


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be read; what is empty is guessed, or as it was the last time."""

    columns: Columns = Columns()  # noqa: RUF009
    meaning: Meaning = Meaning.TOTAL
    invoice: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ImportedInvoice:
    """What a file brought: rows that are new, rows known from before, what was booked by
    currency, and why other rows were left out, by their lines.
    """

    matched: int
    known: int
    adjusted: int
    sums: Mapping[str, Decimal]
    unmatched: Mapping[int, Sentence]


def import_invoice(
    account: CarrierAccount, content: bytes, wanted: Wanted, *, actor: str, now: datetime
) -> ImportedInvoice:
    """Book what the carrier billed beyond what was paid, by tracking number. Safe to run again.

    A row counts once, whatever file it comes in. What is billed in several invoices adds up.
    Raises Rejected where the file cannot be read; then nothing is booked.
    """
    columns = _chosen(account, wanted.columns)
    currency = wanted.currency or account.limit_currency
    read = read_invoice(content, columns, invoice=wanted.invoice, currency=currency)
    unmatched = dict(read.refused)
    rows = _by_key(read.rows)
    labels = _labels(account, {row.tracking_number for row in read.rows})
    fitting: dict[Key, tuple[BilledRow, Billed]] = {}
    for key, row in rows.items():
        label = _label_for(row, labels, account)
        if isinstance(label, Sentence):
            unmatched[row.line] = label
        else:
            fitting[key] = (row, label)
    with transaction.atomic():
        list(CarrierAccount.objects.select_for_update(of=("self",)).filter(pk=account.pk))
        new = _keep(account, fitting, now=now)
        booked = _book(account, new, wanted.meaning, now=now)
        _remember(account, wanted.columns)
        record(
            "invoice.imported",
            account.workspace_id,
            actor=actor,
            now=now,
            carrier_id=account.pk,
            count=len(new),
            left=len(unmatched),
        )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for money in booked:
        sums[money.currency] += money.amount
    return ImportedInvoice(len(new), len(fitting) - len(new), len(booked), dict(sums), unmatched)


def remembered_columns(account: CarrierAccount) -> Columns:
    """Return the columns that were chosen for this account's files the last time."""
    try:
        return msgspec.convert(account.settings.get(SETTING, {}), Columns)
    except msgspec.ValidationError:
        return Columns()


def _chosen(account: CarrierAccount, wanted: Columns) -> Columns:
    """A choice of now counts; a remembered one that this file lacks is guessed anew."""
    return wanted if any(msgspec.structs.astuple(wanted)) else remembered_columns(account)


def _remember(account: CarrierAccount, columns: Columns) -> None:
    if any(msgspec.structs.astuple(columns)):
        row = CarrierAccount.objects.get(pk=account.pk)
        row.settings = {**row.settings, SETTING: msgspec.to_builtins(columns)}
        row.save(update_fields=["settings"])
        account.settings = row.settings


def _by_key(rows: Iterable[BilledRow]) -> dict[Key, BilledRow]:
    """The rows by what they say: the second of two that say the same is another one."""
    seen: Counter[tuple[str, ...]] = Counter()
    keyed = {}
    for row in rows:
        said = (row.invoice, row.tracking_number, f"{row.amount:f}", row.currency)
        seen[said] += 1
        digest = hashlib.sha256("\0".join((*said, str(seen[said]))).encode()).hexdigest()
        keyed[row.invoice, digest] = row
    return keyed


def _labels(account: CarrierAccount, numbers: set[str]) -> dict[str, list[Billed]]:
    """The labels of the workspace by their plain numbers, those that were bought."""
    found: dict[str, list[Billed]] = defaultdict(list)
    there = Label.objects.filter(workspace_id=account.workspace_id).exclude(tracking_number="")
    there = there.exclude(status=Label.Status.REFUSED).select_related("shipment__carrier_account")
    back = ReturnLabel.objects.filter(workspace_id=account.workspace_id)
    back = back.exclude(tracking_number="").select_related("carrier_account")
    wanted = sorted(numbers)
    for start in range(0, len(wanted), SLICE):
        some = wanted[start : start + SLICE]
        for rows in (there, back):
            for label in rows.alias(plain=plain_tracking_number()).filter(plain__in=some):
                found[plain_number(label.tracking_number)].append(label)
    return found


def _label_for(
    row: BilledRow, labels: Mapping[str, list[Billed]], account: CarrierAccount
) -> Billed | Sentence:
    named = labels.get(row.tracking_number, [])
    sellers = [each.carrier_account for each in named if each.carrier_account]
    own = [each for each in named if each.carrier_account == account]
    if not sellers:  # a file that a person gave has none
        return Sentence(UNKNOWN_NUMBER)
    if not own:
        return Sentence(OTHER_ACCOUNT, {"carrier": sellers[0].name})
    if len(own) > 1:
        return Sentence(TWO_LABELS)
    paid = own[0].cost_currency
    if paid and paid != row.currency:
        return Sentence(OTHER_CURRENCY, {"paid": paid, "billed": row.currency})
    return own[0]


def _keep(
    account: CarrierAccount, fitting: Mapping[Key, tuple[BilledRow, Billed]], *, now: datetime
) -> list[InvoiceLine]:
    """Write down the rows that are new. Returns them."""
    invoices = {number: _invoice(account, number, now=now) for number, _ in fitting}
    known = set(
        InvoiceLine.objects.filter(invoice__in=invoices.values()).values_list(
            "invoice__number", "key"
        )
    )
    new = [
        InvoiceLine(
            invoice=invoices[key[0]],
            **of_label(label),
            key=key[1],
            line=row.line,
            amount=row.amount,
            currency=row.currency,
        )
        for key, (row, label) in fitting.items()
        if key not in known
    ]
    InvoiceLine.objects.bulk_create(new, batch_size=SLICE)
    return new


def _invoice(account: CarrierAccount, number: str, *, now: datetime) -> Invoice:
    row, _ = Invoice.objects.get_or_create(
        workspace_id=account.workspace_id,
        carrier_account=account,
        number=number,
        defaults={"uploaded_at": now},
    )
    return row


def _book(
    account: CarrierAccount, new: Iterable[InvoiceLine], meaning: Meaning, *, now: datetime
) -> list[Money]:
    """Book a charge for each label whose new rows make a difference. Returns what was booked."""
    by_label: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in new:
        by_label[line.of_id].append(line)
    labels: dict[str, Billed] = {
        **Label.objects.in_bulk(list(by_label)),
        **ReturnLabel.objects.in_bulk(list(by_label)),
    }
    billed, paid = _billed(by_label), _paid(by_label)
    booked = []
    for label_id, lines in by_label.items():
        first = min(lines, key=lambda each: each.line)
        if meaning is Meaning.ADDED:
            amount = sum((each.amount for each in lines), Decimal())
        else:
            amount = billed.get(label_id, Decimal()) - paid.get(label_id, Decimal())
        if not amount:
            continue
        money = Money(amount, first.currency)
        source = f"{first.invoice.number} · {first.line} · {first.key[:8]}"
        if charge(labels[label_id], account, Charge.Kind.ADJUSTED, money, source=source, now=now):
            booked.append(money)
    return booked


def _billed(label_ids: Iterable[str]) -> dict[str, Decimal]:
    """All that was ever billed for these labels."""
    return _sums(InvoiceLine.objects.all(), label_ids)


def _paid(label_ids: Iterable[str]) -> dict[str, Decimal]:
    """What these labels cost by our account so far."""
    return _sums(Charge.objects.exclude(kind=Charge.Kind.QUOTED), label_ids)


def _sums(lines: QuerySet[Any], label_ids: Iterable[str]) -> dict[str, Decimal]:
    ids = list(label_ids)
    sums: dict[str, Decimal] = {}
    for name in ("label_id", "return_label_id"):
        mine = lines.filter(**{f"{name}__in": ids}).order_by()
        sums |= dict(mine.values_list(name).annotate(total=Sum("amount")))
    return sums
