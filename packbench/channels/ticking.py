"""Ticking: from one authorization to a store for each marketplace that is wanted (SEED-23)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.channels.connecting import add_store, free_name
from packbench.channels.models import SellerAccount, Store
from packbench.jobs import defer_once
from packbench.lib.marketplaces import Marketplace, by_id


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


def without_store(account: SellerAccount) -> list[Marketplace]:
    """Return where the account sells and has no store here (SEED-95)."""
    existing = {store.marketplace_id for store in account.stores.all()}
    return [by_id(each) for each in account.marketplace_ids if each not in existing]


def add_missing_stores(
    account: SellerAccount, marketplaces: Iterable[Marketplace], *, actor: str, now: datetime
) -> list[Store]:
    """Add a store for each of the marketplaces, named by itself, told of as its siblings are."""
    sibling = account.stores.order_by("created_at", "id").first()
    feedback = sibling.feedback if sibling else Store.Feedback.LABEL_CREATED
    names = ((each, free_name(account.workspace, each, account.seller_id)) for each in marketplaces)
    ticked = [TickedMarketplace(each.id, name, feedback) for each, name in names]
    return add_stores(account, ticked, actor=actor, now=now)
