"""What a product weighs: the one place where that is decided (SEED-28, SEED-56).

What a person entered here counts first, then what Amazon says in stores that import weights, then
the first default weight that fits, in stores that use them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packbench.channels.models import Store
from packbench.products.models import Product, WeightRule


class Source(StrEnum):
    """Where a weight comes from."""

    HERE = "here"
    AMAZON = "amazon"
    RULE = "rule"
    DEFAULT = "default"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Grams of a packed piece, None where nobody knows, and where they come from."""

    grams: int | None
    source: Source


UNKNOWN = Weighed(None, Source.MISSING)


def weigh(
    product: Product | None, *, uses_amazon: bool, rules: Sequence[WeightRule] = ()
) -> Weighed:
    """`uses_amazon` and `rules` are the store's choice, the rules as `rules_in` orders them."""
    if product is not None and product.weight_g:
        return Weighed(product.weight_g, Source.HERE)
    if product is not None and uses_amazon and product.amazon_weight_g:
        return Weighed(product.amazon_weight_g, Source.AMAZON)
    for rule in rules:
        if _fits(rule, product):
            return Weighed(rule.weight_g, Source.DEFAULT if rule.is_default else Source.RULE)
    return UNKNOWN


def weigh_in(
    store: Store | None, product: Product | None, rules: Iterable[WeightRule] = ()
) -> Weighed:
    """What a piece weighs for orders of the store; `rules` are all of the workspace."""
    uses_amazon = store is None or store.has_weights
    return weigh(product, uses_amazon=uses_amazon, rules=rules_in(store, rules))


def weight_of(
    product: Product | None, *, uses_amazon: bool, rules: Sequence[WeightRule] = ()
) -> int | None:
    """Grams of a packed piece; None where nobody knows."""
    return weigh(product, uses_amazon=uses_amazon, rules=rules).grams


def source_of(product: Product, *, uses_amazon: bool, rules: Sequence[WeightRule] = ()) -> Source:
    return weigh(product, uses_amazon=uses_amazon, rules=rules).source


def rules_in(store: Store | None, rules: Iterable[WeightRule]) -> list[WeightRule]:
    """The rules that hold in the store, in the order in which they are tried.

    Those with a condition come first as they are listed, then the store's default, then that of
    all stores.
    """
    if store is not None and not store.has_default_weights:
        return []
    own = [rule for rule in rules if rule.store_id in (None, store.pk if store else None)]
    return sorted(own, key=_turn)


def package_mm(product: Product) -> tuple[int, int, int] | None:
    """Length, width and height of a packed piece: as entered here, else as Amazon says."""
    return _box(product.length_mm, product.width_mm, product.height_mm) or _box(
        product.amazon_length_mm, product.amazon_width_mm, product.amazon_height_mm
    )


def _turn(rule: WeightRule) -> tuple[bool, bool, int, str]:
    of_all = rule.store_id is None
    return (rule.is_default, rule.is_default and of_all, rule.position, rule.pk)


def _fits(rule: WeightRule, product: Product | None) -> bool:
    if product is None:
        return rule.is_default
    return (
        (not rule.tag or rule.tag in product.tags)
        and (not rule.product_type or rule.product_type == product.product_type)
        and product.sku.startswith(rule.sku_prefix)
    )


def _box(length: int | None, width: int | None, height: int | None) -> tuple[int, int, int] | None:
    return (length, width, height) if length and width and height else None
