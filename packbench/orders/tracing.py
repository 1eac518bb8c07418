"""Tracing: where an order number was seen, or why it never was (SEED-37, SEED-95)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from packbench.accounts.models import Workspace
from packbench.channels.models import Skip, Store
from packbench.orders.explaining import Answer, explain_skip, explain_standing
from packbench.orders.models import Inquiry, Order
from packbench.orders.recognizing import OrderNumber
from packbench.orders.suspecting import suspect

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Trace:
    """Orders of that number with where they stand, else the skips, else what may be the reason.

    `inquiry` is the latest question to Amazon after it. Nothing in it is personal data.
    """

    number: OrderNumber
    orders: list[tuple[Order, Answer]]
    skips: list[tuple[Skip, Answer]]
    reasons: list[Answer]
    inquiry: Inquiry | None


def trace_order(workspace: Workspace, number: OrderNumber, *, now: datetime) -> Trace:
    """Answer from what the workspace has seen; other workspaces' orders are never looked at."""
    orders = _find_orders(workspace, number)
    skips = [] if orders else _find_skips(workspace, number)
    labeled = _labeled(orders)
    stores = _stores_of(skips)
    return Trace(
        number,
        [(row, explain_standing(row, has_label=row.pk in labeled)) for row in orders],
        [(skip, explain_skip(skip, stores.get(skip.account_id or "", []))) for skip in skips],
        [] if orders or skips else suspect(workspace, is_amazon=number.is_amazon, now=now),
        workspace.inquiries.filter(external_id=number.text).order_by("-asked_at", "-id").first(),
    )


def _find_orders(workspace: Workspace, number: OrderNumber) -> list[Order]:
    """By Amazon's number, else by the seller's own."""
    orders = workspace.orders.select_related("store").defer(
        "recipient", "buyer", "store__brand_logo"
    )
    found = orders.filter(external_id__iexact=number.text).order_by("id")[:MOST_SHOWN]
    return list(found) or list(
        orders.filter(seller_order_id__iexact=number.text).order_by("id")[:MOST_SHOWN]
    )


def _find_skips(workspace: Workspace, number: OrderNumber) -> list[Skip]:
    accounts = list(workspace.seller_accounts.values_list("id", flat=True))
    skips = workspace.skips.filter(account__in=accounts, external_id=number.text)
    return list(skips.select_related("account").order_by("-seen_at", "-id")[:MOST_SHOWN])


def _labeled(orders: list[Order]) -> set[str]:
    """The orders of which pieces were told to the store by us, or wait to be."""
    return {row.pk for row in orders if row.items.filter(quantity_told__gt=0).exists()}


def _stores_of(skips: Iterable[Skip]) -> dict[str, list[Store]]:
    """The stores of each skip's account."""
    return {
        skip.account.pk: list(skip.account.stores.defer("brand_logo"))
        for skip in skips
        if skip.account
    }
