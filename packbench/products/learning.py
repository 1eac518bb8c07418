"""Learning: the weight that parcels showed, offered for a product and refused or taken."""

from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, IsNull, LessThan

from packbench.accounts.models import Workspace
from packbench.products.models import Product, ProductQuerySet

LEAST_SAMPLES = 5
CLOSE = 5  # percent: nearer to what is known than this is no news
MOVED = 10  # percent: so far from what was not wanted, it is offered again


def offer_of(product: Product) -> int | None:
    """Grams of a piece as parcels showed, where that is worth telling; else None."""
    learned = product.learned_weight_g
    if not learned or product.learned_count < LEAST_SAMPLES or product.merged_into_id:
        return None
    if product.unwanted_weight_g and _is_near(learned, product.unwanted_weight_g, MOVED):
        return None
    known = product.weight_g or product.amazon_weight_g
    return None if known and _is_near(learned, known, CLOSE) else learned


def with_offer(products: ProductQuerySet) -> ProductQuerySet:
    """Those that have one: the same as `offer_of`, for many."""
    known = Coalesce("weight_g", "amazon_weight_g")
    learned: ProductQuerySet = products.listed().filter(
        learned_count__gte=LEAST_SAMPLES, learned_weight_g__gt=0
    )
    return learned.filter(_far_from(F("unwanted_weight_g"), MOVED)).filter(_far_from(known, CLOSE))


def refuse_offer(workspace: Workspace, product_id: str) -> bool:
    """Offer this weight no more, until parcels show quite another one. Safe to run again."""
    rows = workspace.products.filter(pk=product_id, learned_weight_g__isnull=False)
    return bool(rows.update(unwanted_weight_g=F("learned_weight_g")))


def _is_near(one: int, other: int, percent: int) -> bool:
    return other * (100 - percent) <= one * 100 <= other * (100 + percent)


def _far_from(other: Any, percent: int) -> Q:
    """Where the learned weight is not near the other one, or there is no other one."""
    scaled = F("learned_weight_g") * 100
    return (
        Q(IsNull(other, True))
        | Q(LessThan(scaled, other * (100 - percent)))
        | Q(GreaterThan(scaled, other * (100 + percent)))
    )
