"""The world: drawn from the seed when somebody looks, changed by what the ledger says."""

from __future__ import annotations

import threading
from typing import Any

from packbench_sandbox.clock import Clock
from packbench_sandbox.ledger import Entry, Ledger
from packbench_sandbox.world.generating import (
    Store,
    arrival,
    first_orders,
    make_stores,
    special_order,
)
from packbench_sandbox.world.marketplaces import BY_COUNTRY
from packbench_sandbox.world.orders import Change, Order, State, parcel_changes
from packbench_sandbox.world.sellers import Seller, make_sellers


class World:
    """All sellers and orders. Hold `lock` while reading a state and acting on it."""

    def __init__(
        self, *, ledger: Ledger, clock: Clock, seed: int, epoch: float,
        orders_per_store: int, arrivals_per_hour: float,
    ) -> None:  # fmt: skip
        self.ledger, self.clock, self.seed, self.epoch = ledger, clock, seed, epoch
        self.settle_seconds = 120.0
        self.lock = threading.RLock()
        self.sellers = make_sellers(seed)
        self._stores = {
            seller.id: make_stores(
                seller, orders_per_store=orders_per_store, arrivals_per_hour=arrivals_per_hour
            )
            for seller in self.sellers.values()
        }
        self._orders: dict[str, dict[str, Order]] = {}
        self._arrived: dict[tuple[str, str], int] = {}
        self._next: dict[tuple[str, str], Order | None] = {}
        self._later: dict[str, list[Change]] = {}
        self._special: dict[str, list[Entry]] = {}

    def seller(self, key: str) -> Seller:
        """A seller by its short name or its seller id. Raises KeyError."""
        if key in self.sellers:
            return self.sellers[key]
        return {seller.key: seller for seller in self.sellers.values()}[key]

    def orders_of(self, seller_id: str) -> dict[str, Order]:
        """All orders of a seller that exist by now, by order id."""
        with self.lock:
            if seller_id not in self._orders:
                self._orders[seller_id] = {}
                self._begin(seller_id)
            for store in self._stores[seller_id]:
                self._let_arrive(store)
            return self._orders[seller_id]

    def orders(
        self, seller: str, *, country: str | None = None, trait: str | None = None,
        status: str | None = None,
    ) -> list[Order]:  # fmt: skip
        """The orders of a seller that fit, oldest first: how tests find what they are about."""
        found = self.orders_of(self.seller(seller).id).values()
        market = BY_COUNTRY[country].id if country else None
        now = self.clock.now()
        return sorted(
            (
                order
                for order in found
                if market in (None, order.marketplace_id)
                and (trait is None or trait in order.traits)
                and (state := order.state(now)) is not None
                and status in (None, state.status)
            ),
            key=lambda order: (order.created_at, order.id),
        )

    def find(self, order_id: str) -> Order | None:
        """An order of any seller."""
        for seller_id in self.sellers:
            order = self.orders_of(seller_id).get(order_id)
            if order:
                return order
        return None

    def state(self, order_id: str) -> State:
        """The state of an order now. Raises KeyError where there is no such order."""
        order = self.find(order_id)
        state = order.state(self.clock.now()) if order else None
        if state is None:
            raise KeyError(order_id)
        return state

    def create_order(
        self, seller: str, *, country: str | None = None, traits: list[str] | None = None,
        overrides: dict[str, Any] | None = None, age_seconds: float = 0.0,
    ) -> Order:  # fmt: skip
        """Let a buyer order now, or so many seconds ago. Raises KeyError, ValueError."""
        owner = self.seller(seller)
        store = self._store(owner.id, country or owner.countries[0])
        with self.lock:
            facts = {
                "seller_id": owner.id,
                "country": store.market.country,
                "name": f"special-{self.ledger.count('order.created')}",
                "traits": traits or [],
                "overrides": overrides or {},
                "created_at": round(self.clock.now() - age_seconds, 3),
            }
            order = self._make_special(facts)
            self.orders_of(owner.id)
            self.record("order.created", order_id=order.id, **facts)
            return self._orders[owner.id][order.id]

    def record(self, kind: str, **facts: Any) -> Entry:
        """Write an effect into the ledger, then let it happen."""
        with self.lock:
            entry = self.ledger.append(kind, at=self.clock.now(), **facts)
            self.replay(entry)
        return entry

    def replay(self, entry: Entry) -> None:
        """Let an effect of the ledger happen. Effects that concern no order are left alone."""
        if entry["kind"] == "order.created":
            self._special.setdefault(entry["seller_id"], []).append(entry)
            if entry["seller_id"] in self._orders:
                self._adopt(self._make_special(entry))
            return
        changes = _changes(entry)
        if not changes:
            return
        order = self._known(entry["order_id"])
        if order:
            order.add(*changes)
        else:
            self._later.setdefault(entry["order_id"], []).extend(changes)

    def _begin(self, seller_id: str) -> None:
        for store in self._stores[seller_id]:
            for order in first_orders(store, seed=self.seed, epoch=self.epoch):
                self._adopt(order)
        for entry in self._special.get(seller_id, []):
            self._adopt(self._make_special(entry))

    def _let_arrive(self, store: Store) -> None:
        key = (store.seller.id, store.market.id)
        while True:
            if key not in self._next:
                number = self._arrived.get(key, 0)
                self._next[key] = arrival(store, number, seed=self.seed, epoch=self.epoch)
            order = self._next[key]
            if order is None or order.created_at > self.clock.now():
                return
            self._adopt(order)
            self._arrived[key] = self._arrived.get(key, 0) + 1
            del self._next[key]

    def _adopt(self, order: Order) -> None:
        order.add(*self._later.pop(order.id, []))
        self._orders[order.seller_id][order.id] = order

    def _known(self, order_id: str) -> Order | None:
        found = (orders.get(order_id) for orders in self._orders.values())
        return next((order for order in found if order), None)

    def _store(self, seller_id: str, country: str) -> Store:
        return {store.market.country: store for store in self._stores[seller_id]}[country]

    def _make_special(self, facts: Entry) -> Order:
        return special_order(
            self._store(facts["seller_id"], facts["country"]), facts["name"], seed=self.seed,
            epoch=self.epoch, created_at=facts["created_at"], traits=facts["traits"],
            overrides=facts["overrides"],
        )  # fmt: skip


def _changes(entry: Entry) -> list[Change]:
    """What an effect changes in its order; nothing for an effect that is about no order."""
    at, kind = entry["at"], entry["kind"]
    if kind in ("shipment.confirmed", "package.bought"):
        return parcel_changes(entry["package"], at=at, settle_seconds=entry["settle_seconds"])
    if kind == "shipment.edited":
        settled = {"reference": entry["package"]["packageReferenceId"]}
        return [
            Change(at, "packed", {"package": entry["package"]}),
            Change(at + entry["settle_seconds"], "settled", settled),
        ]
    verbs = {
        "order.cancelled": "cancelled",
        "order.cancel_requested": "cancel_requested",
        "order.address_changed": "address_changed",
    }
    return [Change(at, verbs[kind], entry["facts"])] if kind in verbs else []
