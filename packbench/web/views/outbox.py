"""The outbox: what Amazon was told of each parcel, what it answered, and telling it again."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.shipments.coding import Codes, enter_codes
from packbench.shipments.confirming import confirmation_of
from packbench.shipments.models import Notice
from packbench.shipments.resending import (
    notify_again,
    notify_many,
    send_unchecked,
    stop_notice,
)
from packbench.web import notice_list
from packbench.web.coded import coded_items
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.saying import say
from packbench.web.views.answering import answer


@never_cache
@require_GET
@member_page
def notices(request: DeskRequest) -> HttpResponse:
    """All notices; htmx asks for the next page of rows."""
    now = clock.now()
    context = notice_list.read(request.workspace, request.GET, now=now)
    is_more = request.htmx and "after" in request.GET
    if not is_more:
        context["has_links"] = request.workspace.store_links.exists()
        context["near"] = notice_list.near(request.workspace, now=now).count()
    template = "web/outbox/rows.html" if is_more else "web/outbox/list.html"
    return render(request, template, context)


@never_cache
@require_GET
@member_page
def notice(request: DeskRequest, notice_id: str) -> HttpResponse:
    """One notice: what is said, and each attempt with its answer."""
    row = _find(request, notice_id)
    return render(request, "web/outbox/notice.html", _context(row))


@require_POST
@shipper_page
def again(request: DeskRequest, notice_id: str) -> HttpResponse:
    row = _find(request, notice_id)
    back = ("notice", row.pk)
    if notify_again(row, actor=request.user.pk, now=clock.now()):
        return answer(request, gettext("Amazon will be told again within seconds."), back=back)
    text = gettext("Amazon is being told of this parcel already, or the parcel is no more.")
    return answer(request, text, back=back, kind="warning")


@require_POST
@shipper_page
def again_many(request: DeskRequest) -> HttpResponse:
    """Tell Amazon again of the ticked ones, or of all that it refused."""
    ids = request.POST.getlist("notice")
    if "refused" in request.POST:
        refused = request.workspace.notices.filter(status=Notice.Status.FAILED)
        ids = list(refused.values_list("pk", flat=True))
    if not ids:
        return answer(request, gettext("Tick a notice first."), back="notices", kind="error")
    done, left = notify_many(request.workspace, ids, actor=request.user.pk, now=clock.now())
    return answer(request, _said(done, left), back=_back(request), kind=_kind(done, left))


@require_POST
@shipper_page
def unchecked(request: DeskRequest, notice_id: str) -> HttpResponse:
    row = _find(request, notice_id)
    back = ("notice", row.pk)
    if send_unchecked(row, actor=request.user.pk, now=clock.now()):
        text = gettext("Amazon will be told of this number as it is, within seconds.")
        return answer(request, text, back=back)
    text = gettext("Amazon is being told of this parcel already, or the parcel is no more.")
    return answer(request, text, back=back, kind="warning")


@require_POST
@shipper_page
def codes(request: DeskRequest, notice_id: str) -> HttpResponse:
    row = _find(request, notice_id)
    back = ("notice", row.pk)
    given = {
        item.pk: Codes(
            request.POST.get(f"codes-{item.pk}", "").split(),
            request.POST.get(f"serials-{item.pk}", "").splitlines(),
        )
        for item in coded_items(row)
    }
    try:
        is_new = enter_codes(row, given, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    text = gettext("Codes kept.") if is_new else gettext("Nothing of it is new.")
    return answer(request, text, back=back)


@require_POST
@shipper_page
def stop(request: DeskRequest, notice_id: str) -> HttpResponse:
    row = _find(request, notice_id)
    back = ("notice", row.pk)
    if stop_notice(row, actor=request.user.pk, now=clock.now()):
        return answer(request, gettext("Stopped. Amazon is not told of this parcel."), back=back)
    text = gettext("Amazon was told of this parcel, or is being told right now.")
    return answer(request, text, back=back, kind="warning")


def _find(request: DeskRequest, notice_id: str) -> Notice:
    rows = request.workspace.notices.select_related(
        "order", "store", "shipment__order", "shipment__carrier_account", "file"
    ).defer("file__content")
    return get_object_or_404(rows, pk=notice_id)


def _context(row: Notice) -> dict[str, Any]:
    context = notice_list.line(row, now=clock.now())
    context["coded_items"] = coded_items(row)
    try:
        context["said"] = confirmation_of(row)
    except RemoteError as error:
        context["cannot_say"] = say(error.sentence)
    return context | {"attempts": row.tries.order_by("-id")}


def _said(done: int, left: int) -> str:
    told = ngettext(
        "Amazon will be told again of %(count)s parcel.",
        "Amazon will be told again of %(count)s parcels.",
        done,
    ) % {"count": done}
    if not left:
        return told
    cannot = gettext("%(count)s cannot be: told right now, or the parcel was voided.")
    return f"{told} {cannot % {'count': left}}"


def _kind(done: int, left: int) -> str:
    if not done:
        return "error"
    return "warning" if left else "success"


def _back(request: DeskRequest) -> str:
    """The list as it was narrowed; never another site."""
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith(reverse("notices")) else reverse("notices")
