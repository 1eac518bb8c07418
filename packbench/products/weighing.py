"""What a product weighs: the one place where that is decided (SEED-28, SEED-56).

What a person entered here counts first, then what Amazon says, in stores that import weights.
"""

from enum import StrEnum

from packbench.products.models import Product


class Source(StrEnum):
    """Where a weight comes from."""

    HERE = "here"
    AMAZON = "amazon"
    MISSING = "missing"


def weight_of(product: Product | None, *, uses_amazon: bool) -> int | None:
    """Grams of a packed piece; None where nobody knows. `uses_amazon` is the store's choice."""
    if product is None:
        return None
    return product.weight_g or (product.amazon_weight_g if uses_amazon else None)


def source_of(product: Product, *, uses_amazon: bool) -> Source:
    if product.weight_g:
        return Source.HERE
    return Source.AMAZON if weight_of(product, uses_amazon=uses_amazon) else Source.MISSING


def package_mm(product: Product) -> tuple[int, int, int] | None:
    """Length, width and height of a packed piece: as entered here, else as Amazon says."""
    return _box(product.length_mm, product.width_mm, product.height_mm) or _box(
        product.amazon_length_mm, product.amazon_width_mm, product.amazon_height_mm
    )


def _box(length: int | None, width: int | None, height: int | None) -> tuple[int, int, int] | None:
    return (length, width, height) if length and width and height else None
