"""Declaring: which orders cross a customs border, and whether customs could be told of all in them.

Customs wants the HS code, the origin and the value of each item. What the buyer paid is a value
too, so that only HS code and origin are missing as a rule.
"""

from collections.abc import Iterable

from django.db import transaction

from packbench.carriers.models import Warehouse
from packbench.channels.settling import match_products_again
from packbench.lib.customs import Place, crosses_border
from packbench.orders.models import Order
from packbench.products.declaring import Piece, lacks, place_of
from packbench.products.models import CustomsOrigin

MOST_WORKSPACES = 100  # whose origin is compared in one sweep


def crosses(row: Order, origin: Place | None) -> bool:
    """Whether the order leaves the customs area that parcels are sent from."""
    there = Place(row.ship_to_country, row.ship_to_postal_code, row.ship_to_state)
    return origin is not None and crosses_border(origin, there)


def lacks_customs(row: Order, pieces: Iterable[Piece], origin: Place | None) -> bool:
    """Whether it crosses a border and customs could not be told of some item."""
    return crosses(row, origin) and any(piece.quantity and lacks(piece) for piece in pieces)


def follow_origins() -> int:
    """Let the orders of workspaces that ship from elsewhere by now be looked through again.

    Returns how many workspaces do. Safe to run again.
    """
    homes = Warehouse.objects.filter(is_default=True).order_by("workspace_id")
    known = dict(CustomsOrigin.objects.values_list("workspace_id", "place"))
    moved = [home for home in homes if known.get(home.workspace_id) != _key(home)]
    for home in moved[:MOST_WORKSPACES]:
        _follow(home)
    return len(moved[:MOST_WORKSPACES])


@transaction.atomic
def _follow(home: Warehouse) -> None:
    CustomsOrigin.objects.update_or_create(
        workspace_id=home.workspace_id, defaults={"place": _key(home)}
    )
    match_products_again(home.workspace_id)


def _key(home: Warehouse) -> str:
    return "|".join(place_of(home))[:100]
