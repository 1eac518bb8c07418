"""The list of what labels cost: quoted, bought, adjusted later, refunded, and the sum."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Sum
from django.urls import reverse

from packbench.accounts.models import Workspace
from packbench.shipments.models import Charge, Label, ReturnLabel
from packbench.web.parcel_money import source_words
from packbench.web.saying import money

PAGE = 100
SPAN = timedelta(days=30)
Kind = Charge.Kind


class _Kind(NamedTuple):
    """A kind of labels: `column` is what names it in a Charge, `seller` leads to its account."""

    rows: QuerySet[Any]
    column: str
    seller: str
    prefix: str


KINDS = (
    _Kind(Label.objects.all(), "label", "shipment__carrier_account", "lbl"),
    _Kind(ReturnLabel.objects.all(), "return_label", "carrier_account", "rtn"),
)


def costs_context(
    workspace: Workspace, params: Mapping[str, str], *, now: datetime
) -> dict[str, Any]:
    """One page of the list as the address asks for it."""
    accounts = list(workspace.carrier_accounts.order_by("name"))
    carrier = params.get("carrier", "")
    carrier = carrier if any(each.pk == carrier for each in accounts) else ""
    is_changed = params.get("only") == "adjusted"
    after = params.get("after", "").replace("\0", "")[:32]
    page = _page(workspace, carrier, after, is_changed=is_changed)
    words = {"carrier": carrier, "only": "adjusted" if is_changed else ""}
    return {
        "labels": [_line(label) for label in page[:PAGE]],
        "accounts": accounts,
        "carrier": carrier,
        "is_changed": is_changed,
        "all_url": _url(carrier=carrier),
        "adjusted_url": _url(carrier=carrier, only="adjusted"),
        "more_url": _url(**words, after=_place(page[PAGE - 1])) if len(page) > PAGE else "",
        "sums": [] if after else _sums(workspace, carrier, since=now - SPAN),
    }


def _page(
    workspace: Workspace, carrier: str, after: str, *, is_changed: bool
) -> list[Label | ReturnLabel]:
    """Labels of both kinds with a price, the latest first; one more than the page holds."""
    found: list[Label | ReturnLabel] = []
    for kind in KINDS:
        priced = Charge.objects.filter(**{kind.column: OuterRef("pk")})
        if is_changed:
            priced = priced.filter(kind=Kind.ADJUSTED)
        rows = (
            kind.rows.filter(workspace=workspace)
            .filter(Exists(priced))
            .select_related("shipment__order__store", kind.seller)
            .prefetch_related(Prefetch("charges", Charge.objects.order_by("at", "pk")))
            .defer("ticket", "shipment__order__recipient", "shipment__order__buyer")
            .order_by("-pk")
        )
        if carrier:
            rows = rows.filter(**{kind.seller: carrier})
        if after:
            rows = rows.filter(pk__lt=f"{kind.prefix}_{after}")
        found += rows[: PAGE + 1]
    return sorted(found, key=_place, reverse=True)[: PAGE + 1]


def _place(label: Label | ReturnLabel) -> str:
    """Where it stands in the list: ids are made in the order of time."""
    return label.pk.partition("_")[2]


def _line(label: Label | ReturnLabel) -> dict[str, Any]:
    charges = list(label.charges.all())
    cells = {kind.value: _cell(charges, {kind}) for kind in Kind}
    return {
        "row": label,
        "shipment": label.shipment,
        "order": label.shipment.order,
        "is_return": isinstance(label, ReturnLabel),
        "cells": cells,
        "total": _cell(charges, {Kind.BOUGHT, Kind.ADJUSTED, Kind.REFUNDED}),
        "sources": [source_words(each.source) for each in charges if each.source],
    }


def _cell(charges: list[Charge], kinds: set[Kind]) -> str:
    """The sum by currency; a label is paid in one as a rule."""
    sums: dict[str, Decimal] = {}
    for each in charges:
        if each.kind in kinds:
            sums[each.currency] = sums.get(each.currency, Decimal()) + each.amount
    return ", ".join(money(amount, currency) for currency, amount in sorted(sums.items()))


def _sums(workspace: Workspace, carrier: str, *, since: datetime) -> list[dict[str, Any]]:
    """What was spent since then, by currency and kind."""
    rows = Charge.objects.filter(workspace=workspace, at__gte=since).exclude(kind=Kind.QUOTED)
    if carrier:
        rows = rows.filter(carrier_account_id=carrier)
    found: dict[str, dict[str, Decimal]] = {}
    totals = rows.order_by().values_list("currency", "kind").annotate(total=Sum("amount"))
    for currency, kind, total in totals:
        found.setdefault(currency, {})[kind] = total
    return [
        {
            "bought": money(kinds.get(Kind.BOUGHT, Decimal()), currency),
            "adjusted": money(kinds.get(Kind.ADJUSTED, Decimal()), currency),
            "refunded": money(kinds.get(Kind.REFUNDED, Decimal()), currency),
            "total": money(sum(kinds.values(), Decimal()), currency),
        }
        for currency, kinds in sorted(found.items())
    ]


def _url(**words: str) -> str:
    query = urlencode({name: value for name, value in words.items() if value})
    return f"{reverse('costs')}?{query}" if query else reverse("costs")
