"""Spending: what may be paid for a label, and each cent that was (limits, charges)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum

from packbench.carriers.models import CarrierAccount
from packbench.lib.errors import Rejected
from packbench.lib.money import Money, columns
from packbench.lib.sentences import marked
from packbench.shipments.models import Charge, Label, ReturnLabel, Shipment

DEARER = marked(
    "The price rose from %(quoted)s to %(cost)s since it was shown. Ask for the label again to "
    "accept it."
)
NO_PRICE = marked(
    "%(carrier)s names no price before it sells, so its spending limit cannot be kept. Remove the "
    "limit in the carrier's settings or choose another carrier."
)
OTHER_CURRENCY = marked(
    "The label costs %(cost)s, but the spending limit of %(carrier)s is in %(currency)s. Change "
    "the limit's currency in the carrier's settings."
)
OVER_LABEL = marked(
    "The label costs %(cost)s: more than the %(limit)s that %(carrier)s may cost for one label. "
    "Choose another service or raise the limit."
)
OVER_DAY = marked(
    "With this label %(carrier)s would cost %(spent)s today: more than the limit of %(limit)s. "
    "Raise the limit, or go on tomorrow."
)
SPENT = (Label.Status.BUYING, Label.Status.UNKNOWN, Label.Status.PURCHASED)


def reserve(shipment: Shipment, label: Label, cost: Money | None, *, now: datetime) -> None:
    """Set the price aside before the carrier is asked to sell. Raises Rejected over a limit.

    Runs in the transaction that writes the preparation down. Where there is a limit for the day,
    purchases of an account reserve one after the other, so that together they keep it.
    """
    account = shipment.carrier_account
    _check_quote(shipment.quoted, cost)
    keep_limits(shipment, account, cost, now=now)
    label.cost_amount, label.cost_currency = columns(cost)
    if cost:
        charge(label, account, Charge.Kind.QUOTED, cost, now=now)


def keep_limits(
    shipment: Shipment, account: CarrierAccount, cost: Money | None, *, now: datetime
) -> None:
    """Raise Rejected where the price is over a limit of the account.

    The account is locked until the transaction, which sets the price aside, is over.
    """
    if account.most_per_label is not None or account.most_per_day is not None:
        row = CarrierAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
        _check_limits(row, shipment, cost, now=now)


def charge(
    label: Label | ReturnLabel,
    account: CarrierAccount,
    kind: Charge.Kind,
    cost: Money,
    *,
    now: datetime,
    source: str = "",
) -> bool:
    """Write a line of the account. Safe to run again; only a quote is ever replaced.

    Returns whether the line is new.
    """
    facts: dict[str, Any] = {
        "workspace_id": label.workspace_id,
        "carrier_account": account,
        "amount": cost.amount,
        "currency": cost.currency[:3],
        "at": now,
    }
    line: dict[str, Any] = {**of_label(label), "kind": kind, "source": source}
    save = (
        Charge.objects.update_or_create
        if kind == Charge.Kind.QUOTED
        else Charge.objects.get_or_create
    )
    return save(**line, defaults=facts)[1]


def cost_columns(cost: Money | None) -> dict[str, Any]:
    """The columns of a label with what it costs."""
    cost_amount, cost_currency = columns(cost)
    return {"cost_amount": cost_amount, "cost_currency": cost_currency}


def of_label(label: Label | ReturnLabel) -> dict[str, Label | ReturnLabel]:
    """The column of a Charge or an InvoiceLine that names the label."""
    return {"label" if isinstance(label, Label) else "return_label": label}


def spent_on(account: CarrierAccount, since: datetime, currency: str) -> Decimal:
    """What the account's labels cost since then, those included that are being bought."""
    labels = Label.objects.filter(
        shipment__carrier_account=account,
        status__in=SPENT,
        prepared_at__gte=since,
        cost_currency=currency,
    )
    returns = ReturnLabel.objects.filter(
        carrier_account=account,
        status__in=ReturnLabel.SPENT,
        prepared_at__gte=since,
        cost_currency=currency,
    )
    sums = [rows.aggregate(total=Sum("cost_amount"))["total"] for rows in (labels, returns)]
    return sum(filter(None, sums), Decimal(0))


def day_start(shipment: Shipment, now: datetime) -> datetime:
    """The midnight that began the day where the parcel leaves."""
    local = now.astimezone(ZoneInfo(shipment.warehouse.time_zone or "UTC"))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _check_quote(quoted: Money | None, cost: Money | None) -> None:
    if quoted and cost and cost.currency == quoted.currency and cost.amount > quoted.amount:
        raise Rejected(DEARER, code="dearer", quoted=quoted, cost=cost)


def _check_limits(
    account: CarrierAccount, shipment: Shipment, cost: Money | None, *, now: datetime
) -> None:
    if cost is None:
        raise Rejected(NO_PRICE, code="no_price", carrier=account.name)
    currency = account.limit_currency
    if cost.currency != currency:
        raise Rejected(
            OTHER_CURRENCY,
            code="other_currency",
            carrier=account.name,
            cost=cost,
            currency=currency,
        )
    if account.most_per_label is not None and cost.amount > account.most_per_label:
        limit = Money(account.most_per_label, currency)
        raise Rejected(
            OVER_LABEL, code="over_label_limit", carrier=account.name, cost=cost, limit=limit
        )
    if account.most_per_day is None:
        return
    total = cost.amount + spent_on(account, day_start(shipment, now), currency)
    if total > account.most_per_day:
        raise Rejected(
            OVER_DAY,
            code="over_day_limit",
            carrier=account.name,
            spent=Money(total, currency),
            limit=Money(account.most_per_day, currency),
        )
