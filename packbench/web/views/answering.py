"""Answering a click: a sentence, and the rows that changed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

from packbench.web.doors import DeskRequest

KINDS = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}


def answer(
    request: DeskRequest, text: str, *, back: str | Sequence[Any], kind: str = "success"
) -> HttpResponse:
    """Say what happened and have the page renew what it shows of it; else go `back`."""
    if request.htmx:
        return with_toast(HttpResponse(status=204), text, kind=kind)
    messages.add_message(request, KINDS[kind], text)
    return redirect(back) if isinstance(back, str) else redirect(*back)


def with_toast(response: HttpResponse, text: str, *, kind: str = "success") -> HttpResponse:
    trigger_client_event(response, "toast", {"text": text, "kind": kind})
    trigger_client_event(response, "orders-changed", {})
    return response
