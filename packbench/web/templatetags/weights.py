"""`{% weighed %}`: what a piece of a product weighs in a store, and where that comes from."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from packbench.channels.models import Store
from packbench.products.models import Product, WeightRule
from packbench.products.weighing import Source, Weighed, weigh_in

register = template.Library()

WORDS: dict[str, Any] = {
    Source.HERE: _("entered here"),
    Source.AMAZON: _("from Amazon"),
    Source.RULE: _("by a rule"),
    Source.DEFAULT: _("by default"),
    Source.MISSING: _("missing"),
}


@register.simple_tag
def weighed(product: Product | None, store: Store, rules: Iterable[WeightRule]) -> Weighed:
    """What a piece weighs for orders of the store."""
    return weigh_in(store, product, rules)


@register.filter
def source_words(source: str) -> Any:
    return WORDS[source]
