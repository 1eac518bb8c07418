"""Keeping customers: a record for each buyer, made when an order shows an address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from packbench.accounts.models import Workspace
from packbench.customers.models import Customer
from packbench.lib.relays import canonical, is_relay
from packbench.privacy.blinding import blind, blind_all

PURPOSE = "customer.email"
WRITE = """
insert into customers_customer
    (id, workspace_id, match, is_relay, first_order_at, last_order_at)
select v.id, %s, v.match, v.is_relay, v.first_at, v.last_at
from unnest(%s::text[], %s::bytea[], %s::boolean[], %s::timestamptz[], %s::timestamptz[])
    v(id, match, is_relay, first_at, last_at)
order by v.match
on conflict (workspace_id, match) do update set
    first_order_at = least(customers_customer.first_order_at, excluded.first_order_at),
    last_order_at = greatest(customers_customer.last_order_at, excluded.last_order_at)
returning match, id
"""


class Sighting(NamedTuple):
    """An order shows this e-mail address. It is blinded here and kept nowhere."""

    email: str
    placed_at: datetime

    def __repr__(self) -> str:
        return "Sighting(•••)"


def know_customers(workspace: Workspace, sightings: Sequence[Sighting]) -> dict[str, str]:
    """Return the ids of customers by canonical address; those who are new are made.

    Part of the transaction that saves their orders. Safe to run again.
    """
    days: dict[str, list[datetime]] = {}
    for each in sightings:
        if "@" in each.email:
            days.setdefault(canonical(each.email), []).append(each.placed_at)
    if not days:
        return {}
    matches = blind_all(workspace, PURPOSE, list(days))
    rows = [
        Customer(
            match=matches[email],
            is_relay=is_relay(email),
            first_order_at=min(seen),
            last_order_at=max(seen),
        )
        for email, seen in days.items()
    ]
    ids = _written(workspace, rows)
    return {email: ids[match] for email, match in matches.items()}


def find_customer(workspace: Workspace, email: str) -> Customer | None:
    """The customer of this address, if an order that lives shows it."""
    match = blind(workspace, PURPOSE, canonical(email))
    found: Customer | None = workspace.customers.filter(match=match).first()
    return found


def _written(workspace: Workspace, rows: Sequence[Customer]) -> dict[bytes, str]:
    columns: list[list[Any]] = [
        [row.pk for row in rows],
        [row.match for row in rows],
        [row.is_relay for row in rows],
        [row.first_order_at for row in rows],
        [row.last_order_at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [workspace.pk, *columns])
        return {bytes(match): pk for match, pk in cursor.fetchall()}
