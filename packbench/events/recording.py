"""Recording: every change leaves an event, in the transaction that makes it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from packbench.database.copying import copy_rows
from packbench.events.catalog import EVENTS
from packbench.events.models import Event


def event(
    name: str,
    workspace_id: str,
    *,
    actor: str,
    now: datetime,
    order_id: str = "",
    shipment_id: str = "",
    store_id: str = "",
    **data: Any,
) -> Event:
    """Return an unsaved event. Raises KeyError for a name that the catalog does not list."""
    EVENTS[name]
    return Event(
        name=name,
        workspace_id=workspace_id,
        actor=actor,
        at=now,
        order_id=order_id,
        shipment_id=shipment_id,
        store_id=store_id,
        data=data,
    )


def record(name: str, workspace_id: str, *, actor: str, now: datetime, **subject: Any) -> None:
    """Write one event. Subjects are `order_id`, `shipment_id`, `store_id`; the rest is data."""
    event(name, workspace_id, actor=actor, now=now, **subject).save(force_insert=True)


def record_all(events: Iterable[Event]) -> None:
    """Write many events at once."""
    copy_rows(list(events))
