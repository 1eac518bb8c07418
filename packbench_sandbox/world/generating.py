"""Orders out of a seed: the same seed, epoch, store and number give the same order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from packbench_sandbox.world.dice import throw
from packbench_sandbox.world.drafts import Draft, plain, price
from packbench_sandbox.world.marketplaces import MAIN_COUNTRIES, Marketplace
from packbench_sandbox.world.orders import DAY, HOUR, Order
from packbench_sandbox.world.people import fill
from packbench_sandbox.world.sellers import Seller
from packbench_sandbox.world.traits import DECK, TRAITS

# Only what is over when the world begins may lie days back.
_OLD = frozenset({"afn", "shipped", "cancelled", "partially_shipped"})
_FRESH = frozenset({"pending", "preorder"})
_ID_PREFIX = {"NA": "11#", "EU": "40#", "FE": "25#"}


@dataclass(frozen=True)
class Store:
    """One seller in one marketplace: how many orders it starts with, how often one comes."""

    seller: Seller
    market: Marketplace
    size: int
    interval: float | None

    def key(self, seed: int) -> str:
        return f"{seed}/{self.seller.key}/{self.market.country}"


def make_stores(seller: Seller, *, orders_per_store: int, arrivals_per_hour: float) -> list[Store]:
    """Big stores get `orders_per_store` orders and arrivals an hour, small ones a third."""
    stores = []
    for market in seller.marketplaces:
        is_big = market.country in MAIN_COUNTRIES and not seller.has_small_stores
        share = 1 if is_big else 3
        size = -(-orders_per_store // share)
        rate = arrivals_per_hour / share
        stores.append(Store(seller, market, size, HOUR / rate if rate else None))
    return stores


def first_orders(store: Store, *, seed: int, epoch: float) -> list[Order]:
    """The orders that are there when the world begins."""
    return [_numbered(store, number, seed=seed, epoch=epoch) for number in range(store.size)]


def arrival(store: Store, number: int, *, seed: int, epoch: float) -> Order | None:
    """The order that arrives as the so-manieth after the beginning, if the store has any."""
    if store.interval is None:
        return None
    return _numbered(store, store.size + number, seed=seed, epoch=epoch)


def special_order(
    store: Store, name: str, *, seed: int, epoch: float, created_at: float,
    traits: list[str], overrides: dict[str, Any],
) -> Order:  # fmt: skip
    """An order asked for by name: a plain one with these traits and these facts instead.

    Raises KeyError for a trait that does not exist.
    """
    dice = throw(f"{store.key(seed)}/{name}")
    draft = Draft(dice, store.seller, store.market, created_at, epoch, is_arrival=False)
    draft.is_special = True
    order_id = overrides.get("orderId") or _order_id(store, dice)
    _invent(draft, order_id, traits)
    merge(draft.body, overrides)
    return _finish(draft, tuple(traits))


def merge(target: dict[str, Any], facts: dict[str, Any]) -> None:
    """Put facts into a nested value; lists of objects are merged place by place."""
    for name, value in facts.items():
        old = target.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            merge(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            target[name] = _merge_lists(old, value)
        elif value is None:
            target.pop(name, None)
        else:
            target[name] = value


def _merge_lists(old: list[Any], new: list[Any]) -> list[Any]:
    merged = []
    for place, value in enumerate(new):
        before = old[place] if place < len(old) else None
        if isinstance(value, dict) and isinstance(before, dict):
            merge(before, value)
            value = before
        merged.append(value)
    return merged


def _numbered(store: Store, number: int, *, seed: int, epoch: float) -> Order:
    dice = throw(f"{store.key(seed)}/{number}")
    trait = _trait(store, number, seed)
    created_at = _created_at(store, number, trait, epoch=epoch, dice=dice)
    is_arrival = number >= store.size
    draft = Draft(dice, store.seller, store.market, created_at, epoch, is_arrival)
    _invent(draft, _order_id(store, dice), [trait] if trait else [])
    return _finish(draft, (trait,) if trait else ())


def _invent(draft: Draft, order_id: str, traits: list[str]) -> None:
    plain(draft, order_id)
    for trait in traits:
        TRAITS[trait](draft)
    price(draft)


def _finish(draft: Draft, traits: tuple[str, ...]) -> Order:
    changes = sorted(draft.changes, key=lambda change: change.at)
    return Order(
        draft.body["orderId"], draft.seller.id, draft.market.id, draft.created_at,
        draft.body, changes, traits,
    )  # fmt: skip


def _trait(store: Store, number: int, seed: int) -> str | None:
    return _deck(store.key(seed), number // 60)[number % 60]


@cache
def _deck(key: str, deal: int) -> list[str | None]:
    """Sixty cards, shuffled anew for every store and every sixty orders."""
    cards: list[str | None] = [name for name, (count, _) in DECK.items() for _ in range(count)]
    cards += [None] * (60 - len(cards))
    throw(f"{key}/deck/{deal}").shuffle(cards)
    return cards


def _created_at(
    store: Store, number: int, trait: str | None, *, epoch: float, dice: random.Random
) -> float:
    """Whole seconds. Earlier numbers are not always earlier orders."""
    if number >= store.size and store.interval:
        steps = number - store.size + 1 - 0.5 * dice.random()
        return float(round(epoch + steps * store.interval))
    if trait in _OLD:
        return float(round(epoch - (2 + 8 * dice.random()) * DAY))
    if trait in _FRESH:
        return float(round(epoch - dice.randint(5, 40) * 60))
    return float(round(epoch - HOUR - dice.random() * 2.5 * DAY))


def _order_id(store: Store, dice: random.Random) -> str:
    return fill(f"{_ID_PREFIX[store.market.region]}-#######-#######", dice)
