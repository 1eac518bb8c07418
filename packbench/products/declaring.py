"""Declaring: what customs would ask of a product, and where parcels leave from."""

from typing import NamedTuple

from packbench.carriers.models import Warehouse
from packbench.lib.customs import Place
from packbench.products.models import Product

NEEDED = ("hs_code", "country_of_origin")


class Piece(NamedTuple):
    """One line of an order, as customs sees it. What the buyer paid is a value too."""

    product: Product | None
    quantity: int
    has_price: bool


def origin_of(workspace_id: str) -> Place | None:
    """Where parcels leave from: the default ship-from address; None where there is none yet."""
    home = Warehouse.objects.filter(workspace_id=workspace_id, is_default=True).first()
    return place_of(home) if home else None


def place_of(home: Warehouse) -> Place:
    return Place(home.country, home.postal_code, home.state)


def lacks(piece: Piece) -> list[str]:
    """The names of the product's fields that customs needs and nobody filled in."""
    product = piece.product
    if product is None:
        return list(NEEDED)
    missing = [name for name in NEEDED if not getattr(product, name)]
    if product.customs_value is None and not piece.has_price:
        missing.append("customs_value")
    return missing
