"""Words for people: sentences in their language, weights, money, times, marks."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from packbench.events.catalog import EVENTS
from packbench.lib import clock
from packbench.lib.addresses import Address
from packbench.orders.models import Order
from packbench.orders.recognizing import recognize_number
from packbench.orders.standing import PROBLEMS
from packbench.products.models import Product
from packbench.shipments.planning import REFUSALS
from packbench.web import saying
from packbench.web.picture_urls import image_url

register = template.Library()


@register.filter
def sentence(value: Any) -> str:
    """Say a Sentence, as an object or as it is stored, in the reader's language."""
    return saying.say(value)


@register.filter
def problem(code: str) -> str:
    """Say why an order cannot be shipped, and what mends it."""
    text = PROBLEMS.get(code) or REFUSALS.get(code)
    return gettext(text) if text else code


@register.filter
def order_number(text: str) -> str:
    """Amazon's order number in a text, or nothing."""
    found = recognize_number(text)
    return found.text if found and found.is_amazon else ""


@register.filter
def event_name(name: str) -> str:
    text = EVENTS.get(name)
    return gettext(text) if text else name


@register.simple_tag
def icon(name: str, style: str = "") -> SafeString:
    """An icon of ours from icons.svg; the word stands beside it."""
    return _icon(name, style)


@cache
def _icon(name: str, style: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        style,
        static("web/icons.svg"),
        name,
    )


@register.filter
def weight(grams: int | None) -> str:
    return saying.weight(grams)


@register.simple_tag
def product_image(product: Product) -> str:
    """The address of our copy of the product's picture."""
    return image_url(product.pk, product.image_version)


@register.filter
def place(address: Address) -> str:
    return saying.place(address.city, address.state, address.postal_code, address.country)


@register.filter
def place_of(order: Order) -> str:
    """The same of what stays readable of an order's address (SEED-84)."""
    return saying.place(
        order.ship_to_city,
        order.ship_to_state,
        order.ship_to_postal_code,
        order.ship_to_country,
    )


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    return saying.money(amount, currency)


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago, in words."""
    return saying.ago(at, now=clock.now()) if at else ""


@register.simple_tag
def local(at: datetime | None, shape: str = "full") -> SafeString | str:
    """A time that the browser shows in the reader's own zone; in UTC where it cannot."""
    if at is None:
        return ""
    return format_html(
        '<time datetime="{}" data-local="{}">{}</time>',
        at.isoformat(),
        shape,
        saying.instant(at, "UTC"),
    )


@register.simple_tag
def instant(at: datetime | None, time_zone: str) -> str:
    """A time in a marketplace's own zone, which is named."""
    return saying.instant(at, time_zone) if at else ""
