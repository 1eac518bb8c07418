"""Tellers: who told of an order, and what the events of it are called then."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as with_other
from datetime import datetime

from packbench.events.models import Event
from packbench.events.recording import event
from packbench.orders.models import Order


@dataclass(frozen=True, slots=True)
class Teller:
    """Amazon's import, a person's file, or a person. `new` and `changed` name its own events."""

    actor: str = "import"
    new: str = ""
    changed: str = ""

    def by(self, actor: str) -> "Teller":
        return with_other(self, actor=actor)

    def of_new(self, names: Iterable[str]) -> list[str]:
        """The events of a new order, given those of one that Amazon told of."""
        return [self.new] if self.new else list(names)

    def of_changed(self, names: Iterable[str]) -> list[str]:
        return [self.changed] if self.changed else list(names)

    def event(self, name: str, row: Order, *, now: datetime) -> Event:
        return event(
            name,
            row.workspace_id,
            actor=self.actor,
            now=now,
            order_id=row.pk,
            store_id=row.store_id,
            status=row.remote_status,
        )


AMAZON = Teller()
BY_FILE = Teller(new="order.imported", changed="order.updated")
BY_HAND = Teller(new="order.entered", changed="order.edited")
WITHDRAWN = "order.withdrawn"
