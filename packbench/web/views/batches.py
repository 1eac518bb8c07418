"""Batches: labels asked for in one go, and how far they got."""

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.shipments.choosing import NoWarehouse
from packbench.shipments.status import LABELED, UNDER_WAY, Status
from packbench.web import grid
from packbench.web.batch_page import batch_context
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.views.answering import answer
from packbench.web.views.labels import ask_for_labels, no_warehouse, print_out

PAGE = 50


@never_cache
@require_GET
@member_page
def batches(request: DeskRequest) -> HttpResponse:
    """All batches, the latest first."""
    rows = request.workspace.batches.annotate(
        total=Count("shipments"),
        done=Count("shipments", filter=Q(shipments__status__in=LABELED)),
        left=Count("shipments", filter=Q(shipments__status__in=UNDER_WAY)),
    ).order_by("-pk")
    if after := request.GET.get("after", ""):
        rows = rows.filter(pk__lt=after)
    page = list(rows[: PAGE + 1])
    members = request.workspace.memberships.select_related("person")
    people = {member.person_id: str(member.person) for member in members}
    context = {
        "batches": [{"row": row, "by": people.get(row.created_by, "")} for row in page[:PAGE]],
        "after": page[PAGE - 1].pk if len(page) > PAGE else "",
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
    if not context["progress"]["left"]:
        response["HX-Trigger"] = "orders-changed"
    return response


@require_POST
@shipper_page
def print_batch(request: DeskRequest, batch_id: str) -> HttpResponse:
    """The labels of the batch as one document, in the order they were asked for."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    return print_out(request, list(row.shipments.labeled().with_order().order_by("pk")))


@require_POST
@shipper_page
def again(request: DeskRequest, batch_id: str) -> HttpResponse:
    """Ask once more for the labels that the carrier refused."""
    row = get_object_or_404(request.workspace.batches, pk=batch_id)
    failed = row.shipments.filter(status=Status.DRAFT).order_by("pk")
    ids = list(failed.values_list("order_id", flat=True))
    orders = grid.chosen_orders(request.workspace, ids)
    if not orders:
        text = gettext("No label of this batch was refused.")
        return answer(request, text, back=("batch", row.pk), kind="warning")
    try:
        fresh = ask_for_labels(request, orders)
    except NoWarehouse:
        return no_warehouse(request)
    return redirect("batch", fresh.pk)
