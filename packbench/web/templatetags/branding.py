"""What a store is known by on sight: its color and its logo."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from packbench.channels.branding import COLORS

register = template.Library()


@register.filter
def color_class(color: str) -> str:
    """The class that gives an element the color; none for a color that is not ours."""
    return f"color-{COLORS[color][0]}" if color in COLORS else ""


@register.simple_tag
def dot(color: str) -> SafeString | str:
    """The store's color, beside its name."""
    if color not in COLORS:
        return ""
    return format_html('<span class="dot {}" aria-hidden="true"></span>', color_class(color))


@register.simple_tag
def logo_url(store: Any) -> str:
    return f"{reverse('store_logo', args=[store.pk])}?{urlencode({'v': store.logo})}"
