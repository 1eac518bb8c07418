"""Whether a shop's buyers are written to."""

from django import template

from packbench.channels.models import Store
from packbench.shipments import messaging

register = template.Library()


@register.filter
def writes_to_buyers(store: Store) -> bool:
    return messaging.writes_to_buyers(store)
