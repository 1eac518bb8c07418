"""What is said of one line of an order."""

from django import template

from packbench.channels.base import ItemFacts
from packbench.orders.models import OrderItem
from packbench.web import order_facts

register = template.Library()


@register.simple_tag
def item_facts(item: OrderItem) -> list[tuple[str, str]]:
    """Words and values, only what there is."""
    return order_facts.item_facts(item)


@register.simple_tag
def scheduled(item: OrderItem) -> ItemFacts:
    """The window in which the line is to be delivered."""
    return order_facts.scheduled(item)
