"""Return labels on the card of a parcel, and the approved sender on the page of a store."""

from typing import Any

from django import template

from packbench.channels.models import Store
from packbench.shipments.models import Shipment
from packbench.web.return_part import return_context, sender_context

register = template.Library()


@register.inclusion_tag("web/orders/return_label.html", takes_context=True)
def return_label(context: dict[str, Any], shipment: Shipment) -> dict[str, Any]:
    member = context["member"]
    return {"member": member, **return_context(shipment, member)}


@register.inclusion_tag("web/stores/approved_sender.html", takes_context=True)
def approved_sender(context: dict[str, Any], store: Store) -> dict[str, Any]:
    return {"member": context["member"], "store": store, **sender_context(store)}
