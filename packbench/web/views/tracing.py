"""“Why is my order not here?”: what was seen of a number, and what Amazon says now."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.inquiring import ask_amazon
from packbench.orders.recognizing import EXAMPLE, OrderNumber, recognize_number
from packbench.orders.tracing import trace_order
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.trace_page import trace_context

LONGEST_SHOWN = 200


@never_cache
@member_page
def trace(request: DeskRequest) -> HttpResponse:
    """Take whatever is pasted; of it, Amazon's number alone ever goes into the address."""
    given = request.POST.get("number", "") or request.GET.get("number", "")
    number = recognize_number(given)
    if request.method == "POST" and number and number.is_amazon:
        return redirect(_url(number))
    return trace_page(request, number, given=given)


@require_POST
@shipper_page
def ask(request: DeskRequest) -> HttpResponse:
    """Ask Amazon now; the page shows each account's answer as it comes."""
    number = recognize_number(request.POST.get("number", ""))
    if number is None:
        return trace_page(request, None)
    try:
        ask_amazon(request.workspace, number, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return trace_page(request, number, refused=error)
    return redirect(_url(number))


def trace_page(
    request: DeskRequest, number: OrderNumber | None, *, given: str = "", **more: Any
) -> HttpResponse:
    """The page; the answer alone where htmx looks whether Amazon has spoken."""
    context: dict[str, Any] = {"given": number.text if number else given[:LONGEST_SHOWN], **more}
    if number:
        found = trace_order(request.workspace, number, now=clock.now())
        context |= trace_context(request.workspace, found)
    elif given or request.method == "POST":
        text = gettext(
            "Enter an Amazon order number such as %(example)s, or your own order ID alone."
        )
        context["mistake"] = text % {"example": EXAMPLE}
    template = "web/stores/trace_answer.html" if request.htmx else "web/stores/trace.html"
    return render(request, template, context)


def _url(number: OrderNumber) -> str:
    return f"{reverse('trace')}?{urlencode({'number': number.text})}"
