"""Warnings of numbers that a store lacks, wherever stores are shown."""

from typing import Any

from django import template
from django.template import RequestContext

from packbench.channels.models import Store
from packbench.lib import clock
from packbench.web.compliance_page import warnings_of
from packbench.web.context import stores_of
from packbench.web.saying import say

register = template.Library()


@register.inclusion_tag("web/stores/compliance_warnings.html", takes_context=True)
def compliance_warnings(context: RequestContext, store: Store | None = None) -> dict[str, Any]:
    """A banner for one store, or for all stores of the workspace; nothing where all is well."""
    request: Any = context["request"]
    stores = [store] if store else stores_of(request)
    warnings = warnings_of(request.workspace, stores, now=clock.now()) if stores else []
    return {"warnings": warnings, "member": request.member}


@register.filter
def said(text: str) -> str:
    """A text of ours that is kept apart from the page, in the reader's language."""
    return say({"text": text}) if text else ""
