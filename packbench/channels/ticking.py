"""Ticking: from one authorization to a store for each marketplace that is wanted (SEED-23)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.channels.connecting import add_store
from packbench.channels.models import SellerAccount, Store
from packbench.jobs import defer_once


@dataclass(frozen=True, slots=True)
class TickedMarketplace:
    """One marketplace and how its store shall be called. `feedback` is a Store.Feedback."""

    marketplace_id: str
    name: str
    feedback: str


@transaction.atomic
def add_stores(
    account: SellerAccount, ticked: Iterable[TickedMarketplace], *, actor: str, now: datetime
) -> list[Store]:
    """Add all the stores or, where one is refused, none; then import. Raises Rejected."""
    stores = [
        add_store(
            account,
            each.marketplace_id,
            name=each.name,
            feedback=each.feedback,
            actor=actor,
            now=now,
        )
        for each in ticked
    ]
    defer_once("orders.import_account", account_id=account.pk)
    return stores
