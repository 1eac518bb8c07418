"""Finding orders: the search box, views saved under a name, columns, and what all matches."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.models import SavedView
from packbench.orders.searching import LONGEST, keep_search, names_nobody
from packbench.orders.viewing import choose_columns, delete_view, save_view, views_for
from packbench.web import grid
from packbench.web.choosing import Choice
from packbench.web.columns import cleaned
from packbench.web.doors import DeskRequest, member_page
from packbench.web.grid_page import counted, wanted_columns
from packbench.web.saying import say
from packbench.web.selecting import asked_for
from packbench.web.views.answering import answer


class ViewForm(forms.Form):
    name = forms.CharField(max_length=40)
    is_shared = forms.BooleanField(required=False)


@require_POST
@member_page
def search(request: DeskRequest) -> HttpResponse:
    """Search all orders. What may name a buyer is kept sealed: the address shows its id instead."""
    text = request.POST.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if not text:
        return redirect(Choice(tab="all").url())
    if names_nobody(text):
        return redirect(Choice(tab="all", q=text).url())
    kept = keep_search(request.workspace, text, now=clock.now())
    return redirect(Choice(tab="all", s=kept.pk).url())


@never_cache
@require_GET
@member_page
def matching(request: DeskRequest) -> HttpResponse:
    """How many orders match, up to as many as one action may be done to."""
    ids = grid.matching_ids(asked_for(request, Choice.read(request.GET)))
    count = min(len(ids), grid.MOST_MATCHING)
    said = counted(len(ids), grid.MOST_MATCHING)
    if len(ids) > grid.MOST_MATCHING:
        text = gettext("The first %(n)s that match are selected") % {"n": said.rstrip("+")}
    else:
        text = ngettext(
            "%(n)s that matches is selected", "All %(n)s that match are selected", count
        )
        text %= {"n": said}
    return JsonResponse({"count": count, "said": text})


@require_POST
@member_page
def save(request: DeskRequest) -> HttpResponse:
    """Save what the grid shows, with its columns, as a view."""
    choice = _shown(request)
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _back(request, choice, gettext("Give the view a name of up to 40 letters."))
    columns = wanted_columns(request, choice, views_for(request.member))
    try:
        view = save_view(
            request.member,
            form.cleaned_data["name"],
            # A search is forgotten after a day, and may name a buyer: no view holds one.
            choice=choice.query(view="", s="", q=""),
            columns=columns,
            is_shared=form.cleaned_data["is_shared"],
            now=clock.now(),
        )
    except Rejected as error:
        return _back(request, choice, say(error.sentence))
    return redirect(f"{Choice().url()}?{_joined(view.choice, view.pk)}")


@require_POST
@member_page
def delete(request: DeskRequest, view_id: str) -> HttpResponse:
    mine = [view.pk for view in views_for(request.member)]
    view = get_object_or_404(request.workspace.saved_views.filter(pk__in=mine), pk=view_id)
    try:
        delete_view(view, request.member)
    except Rejected as error:
        raise PermissionDenied from error
    return answer(request, gettext("View deleted."), back="orders")


@require_POST
@member_page
def columns(request: DeskRequest) -> HttpResponse:
    """Choose the columns: of the view that is open where one may change it, else one's own."""
    choice = _shown(request)
    wanted = [] if "usual" in request.POST else cleaned(request.POST.getlist("column"))
    view = _open_view(request, choice)
    if view is None:
        choose_columns(request.member, wanted)
    else:
        view.columns = wanted
        view.save(update_fields=["columns"])
    return redirect(choice.url())


@never_cache
@require_GET
@member_page
def bulk_run(request: DeskRequest, run_id: str) -> HttpResponse:
    """How far something that is done to many orders got; the panel asks every second."""
    run = get_object_or_404(request.workspace.bulk_runs, pk=run_id)
    template = "web/orders/bulk.html" if request.htmx else "web/orders/bulk_page.html"
    response = render(request, template, {"run": run, "total": len(run.order_ids)})
    if run.finished_at and request.htmx:
        response["HX-Trigger"] = "orders-changed"
    return response


def _shown(request: DeskRequest) -> Choice:
    return Choice.read(QueryDict(request.POST.get("shown", "").rpartition("?")[2]))


def _open_view(request: DeskRequest, choice: Choice) -> SavedView | None:
    views = [view for view in views_for(request.member) if view.pk == choice.view]
    may = request.member.can_ship
    return next((view for view in views if view.person_id or may), None)


def _back(request: DeskRequest, choice: Choice, text: str) -> HttpResponse:
    return answer(request, text, back=choice.url(), kind="error")


def _joined(query: str, view_id: str) -> str:
    return f"{query}&view={view_id}" if query else f"view={view_id}"
