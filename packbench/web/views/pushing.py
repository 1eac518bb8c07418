"""Scans by webhook: the door that carriers knock at, and its settings."""

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from packbench.carriers.models import CarrierAccount
from packbench.carriers.pushing import begin_pushes, end_pushes
from packbench.lib import clock
from packbench.lib.errors import BadCredentials, NotFound, Unsupported
from packbench.shipments.pushing import MOST_BYTES, take_push
from packbench.web.addresses import push_address
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.saying import say

log = structlog.get_logger(__name__)


@csrf_exempt  # the carrier has no page of ours: what it sends is signed
@require_POST
def take(request: HttpRequest, carrier_id: str) -> HttpResponse:
    """What a carrier says of parcels. It learns nothing but whether the message was taken."""
    if _length(request) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        take_push(carrier_id, request.headers, request.body, now=clock.now())
    except (NotFound, Unsupported):
        return HttpResponse(status=404)
    except BadCredentials:
        log.warning("push_forged", code="forged")
        return HttpResponse(status=401)
    return HttpResponse(status=204)


@never_cache
@require_POST
@owner_page
def begin(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """Make a secret for the carrier, and show it once."""
    row = _account(request, carrier_id)
    try:
        secret = begin_pushes(row, actor=request.user.pk, now=clock.now())
    except Unsupported as error:
        messages.error(request, say(error.sentence))
        return redirect("settings_carrier", row.pk)
    context = {"row": row, "secret": secret, "address": push_address(row.pk)}
    return render(request, "web/settings/push_secret.html", context)


@require_POST
@owner_page
def end(request: DeskRequest, carrier_id: str) -> HttpResponse:
    row = _account(request, carrier_id)
    end_pushes(row, actor=request.user.pk, now=clock.now())
    text = gettext("Messages of %(name)s are taken no more. Its parcels are asked for as before.")
    messages.success(request, text % {"name": row.name})
    return redirect("settings_carrier", row.pk)


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else MOST_BYTES + 1


def _account(request: DeskRequest, carrier_id: str) -> CarrierAccount:
    rows = CarrierAccount.objects.opened().filter(workspace=request.workspace)
    return get_object_or_404(rows, pk=carrier_id)
