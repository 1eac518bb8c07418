"""Batches: labels asked for in one go, how far they got, and those that are still collected."""

from collections.abc import Callable

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.arranging import papers_of
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.shipments.batching import retry_batch
from packbench.shipments.choosing import NoWarehouse
from packbench.shipments.collecting import (
    add_to_batch,
    archive_batch,
    assign_batch,
    describe_batch,
    open_batch,
    process_batch,
    remove_from_batch,
)
from packbench.shipments.models import Batch
from packbench.shipments.picking import in_print_order
from packbench.web.batch_page import batch_context, batch_lines
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.people import people_of
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.views.answering import answer
from packbench.web.views.labels import chosen_preset, no_warehouse, print_out

PAGE = 50
NOBODY = "nobody"


class BatchForm(forms.Form):
    name = forms.CharField(max_length=60, required=False)
    note = forms.CharField(max_length=500, required=False)


@never_cache
@require_GET
@member_page
def batches(request: DeskRequest) -> HttpResponse:
    """The batches, the latest first; those put away apart; of everybody, or of one person."""
    shown = "archived" if request.GET.get("show") else ""
    person = request.GET.get("person", "")[:64].replace("\0", "")
    rows = request.workspace.batches.order_by("-pk")
    rows = rows.exclude(archived_at=None) if shown == "archived" else rows.filter(archived_at=None)
    if person:
        rows = rows.filter(assignee=None if person == NOBODY else person)
    if after := request.GET.get("after", "").replace("\0", ""):
        rows = rows.filter(pk__lt=after)
    page = list(rows[: PAGE + 1])
    people = people_of(request.workspace)
    context = {
        "batches": batch_lines(page[:PAGE], people),
        "people": sorted(people.items(), key=lambda each: each[1].casefold()),
        "person": person,
        "nobody": NOBODY,
        "after": page[PAGE - 1].pk if len(page) > PAGE else "",
        "shown": shown,
    }
    return render(request, "web/batches/batches.html", context)


@never_cache
@require_GET
@member_page
def batch(request: DeskRequest, batch_id: str) -> HttpResponse:
    """One batch; htmx asks for it every second while labels are being bought."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    context = batch_context(row)
    if not request.htmx:
        return render(request, "web/batches/batch.html", context)
    response = render(request, "web/batches/progress.html", context)
    if not context["progress"].is_going_on:
        response["HX-Trigger"] = "orders-changed"
    return response


@require_POST
@shipper_page
def print_batch(request: DeskRequest, batch_id: str) -> HttpResponse:
    """The labels of the batch as one document, as they are picked unless another way is asked."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    by = request.POST.get("by") or papers_of(request.workspace).sort
    return print_out(request, in_print_order(row.shipments.labeled().with_order(), by))


@require_POST
@shipper_page
def again(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Ask once more, in the same batch, for what failed and nothing else."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    return _done(
        request,
        row,
        lambda: retry_batch(row, actor=request.user.pk, now=clock.now()),
        gettext("What failed is asked for again."),
    )


@require_POST
@shipper_page
def collect(request: DeskRequest) -> HttpResponse:
    """Add the selected orders to an open batch, or open a new one with them."""
    ids, now = selected_ids(request), clock.now()
    if not ids:
        return answer(request, gettext("Select an order first."), back="orders", kind="error")
    try:
        if request.POST.get("batch"):
            row = get_object_or_404(request.workspace.batches, pk=request.POST["batch"])
            add_to_batch(row, ids)
            row.refresh_from_db()
        else:
            row = open_batch(request.workspace, ids, actor=request.user.pk, now=now)
    except Rejected as error:
        return answer(request, say(error.sentence), back="orders", kind="error")
    if request.htmx:
        return render(request, "web/batches/panel.html", batch_context(row))
    return redirect("batch", row.pk)


@require_POST
@shipper_page
def uncollect(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Take an order out of an open batch."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    ids = request.POST.getlist("order")
    return _done(request, row, lambda: remove_from_batch(row, ids), gettext("Taken out."))


@require_POST
@shipper_page
def process(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Ask for the labels of an open batch."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    preset = chosen_preset(request)
    text = ngettext(
        "%(n)s label is asked for.", "%(n)s labels are asked for.", len(row.order_ids)
    ) % {"n": len(row.order_ids)}
    return _done(
        request,
        row,
        lambda: process_batch(row, preset=preset, actor=request.user.pk, now=clock.now()),
        text,
    )


@require_POST
@shipper_page
def describe(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Set the batch's name and note."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    form = BatchForm(request.POST)
    if not form.is_valid():
        text = str(next(iter(form.errors.values()))[0])
        return answer(request, text, back=("batch", row.pk), kind="error")
    describe_batch(row, **form.cleaned_data, actor=request.user.pk, now=clock.now())
    return answer(request, gettext("Saved."), back=("batch", row.pk))


@require_POST
@shipper_page
def assign(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Give the batch to a person, or to nobody."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    asked = request.POST.get("person", "").replace("\0", "")
    members = request.workspace.memberships.select_related("person")
    member = get_object_or_404(members, person=asked) if asked else None
    text = gettext("%(name)s sees to this batch.") % {"name": member.person} if member else ""
    return _done(
        request,
        row,
        lambda: assign_batch(row, member, actor=request.user.pk, now=clock.now()),
        text or gettext("Nobody sees to this batch any more."),
    )


@require_POST
@shipper_page
def archive(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Put the batch away, or take it out again."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    is_archived = request.POST.get("is_archived") == "yes"
    archive_batch(row, is_archived=is_archived, actor=request.user.pk, now=clock.now())
    text = gettext("Put into the archive.") if is_archived else gettext("Out of the archive.")
    return answer(request, text, back=("batch", row.pk))


def _done(request: DeskRequest, row: Batch, act: Callable[[], object], text: str) -> HttpResponse:
    """Do it and go back to the batch, or say why not."""
    back = ("batch", row.pk)
    try:
        act()
    except NoWarehouse:
        return no_warehouse(request)
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, text, back=back)
