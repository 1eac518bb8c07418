"""What pages about accounts show of connecting."""

from typing import Any

from django import template

from packbench.channels.models import SellerAccount
from packbench.web.suggesting import suggested

register = template.Library()


@register.inclusion_tag("web/connect/also_sells.html", takes_context=True)
def also_sells(context: Any, account: SellerAccount) -> dict[str, Any]:
    """Marketplaces of the account that have no store here, to be added at a press."""
    request = context["request"]
    is_owner = bool(request.member and request.member.can_manage)
    return {
        "account": account,
        "markets": suggested(request, account) if is_owner else [],
        "csrf_token": context.get("csrf_token"),
    }
