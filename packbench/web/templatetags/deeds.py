"""Tags, the person in charge, what rules did, and amounts in another currency, on an order."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from packbench.orders.models import OPEN, Order
from packbench.rules.arranging import effects_of
from packbench.web.converting import converted_orders, converted_words, rate_words
from packbench.web.rule_words import effect_lines

register = template.Library()
MOST_BATCHES = 12


@register.inclusion_tag("web/orders/tagging.html", takes_context=True)
def order_tags(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """The card of tags and rules on the page of an order."""
    workspace, member = order.workspace, context["member"]
    tags = list(workspace.tags.order_by("name", "id"))
    people = workspace.memberships.select_related("person").order_by("person__name", "id")
    return {
        "order": order,
        "member": member,
        "csrf_token": context.get("csrf_token"),
        "tags": [tag for tag in tags if tag.pk in order.tags],
        "others": [tag for tag in tags if tag.pk not in order.tags],
        "people": list(people),
        "effects": effect_lines(workspace, effects_of(order.pk), tags),
        "has_rules": order.status in OPEN and workspace.rules.filter(is_enabled=True).exists(),
    }


@register.inclusion_tag("web/orders/selection_deeds.html", takes_context=True)
def selection_deeds(context: dict[str, Any]) -> dict[str, Any]:
    """What can be done with tags and rules to the selected orders."""
    workspace = context["workspace"]
    return {
        "tags": context["tags"],
        "has_rules": workspace.rules.filter(is_enabled=True).exists(),
    }


@register.inclusion_tag("web/orders/selection_presets.html", takes_context=True)
def selection_presets(context: dict[str, Any]) -> dict[str, Any]:
    """The presets that labels of the selected orders can be created by."""
    return {"presets": list(context["workspace"].presets.order_by("hotkey", "name"))}


@register.inclusion_tag("web/orders/selection_batches.html", takes_context=True)
def selection_batches(context: dict[str, Any]) -> dict[str, Any]:
    """The open batches that the selected orders can be added to."""
    rows = context["workspace"].batches.filter(is_open=True, archived_at=None).order_by("-pk")
    return {"open_batches": list(rows[:MOST_BATCHES])}


@register.simple_tag
def converted_total(order: Order) -> SafeString | str:
    """The order's total in the currency that the workspace likes to see too; else nothing."""
    found = converted_orders(order.workspace, [order]).get(order.pk)
    if found is None:
        return ""
    return format_html(
        '<span class="muted small-text converted" title="{}">{}</span>',
        rate_words(found),
        converted_words(found),
    )
