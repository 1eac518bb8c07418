"""Tags: the workspace's list, and giving them and the person in charge to orders."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.models import Order
from packbench.orders.tagging import assign_orders, remove_tag, save_tag, tag_orders
from packbench.rules.models import Tag
from packbench.web import grid
from packbench.web.doors import DeskRequest, member_page, owner_page, shipper_page
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.views.answering import answer


class TagForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Tag
        fields = ("name", "color")


@never_cache
@require_GET
@member_page
def tags(request: DeskRequest) -> HttpResponse:
    return _page(request)


@require_POST
@owner_page
def save(request: DeskRequest, tag_id: str = "") -> HttpResponse:
    row = get_object_or_404(request.workspace.tags, pk=tag_id) if tag_id else None
    form = TagForm(request.POST, prefix=tag_id or None)
    if not form.is_valid():
        return _page(request, form if not tag_id else None, said=_first(form))
    try:
        save_tag(
            request.workspace,
            row,
            name=form.cleaned_data["name"],
            color=form.cleaned_data["color"],
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        return _page(request, form if not tag_id else None, said=say(error.sentence))
    messages.success(request, gettext("Tag saved."))
    return redirect("tags")


@require_POST
@owner_page
def remove(request: DeskRequest, tag_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.tags, pk=tag_id)
    count = remove_tag(row, actor=request.user.pk, now=clock.now())
    text = ngettext(
        "Tag removed, from %(n)s order too.", "Tag removed, from %(n)s orders too.", count
    )
    messages.success(request, text % {"n": count})
    return redirect("tags")


@require_POST
@shipper_page
def tag(request: DeskRequest) -> HttpResponse:
    """Give the orders that were sent a tag, or take it from them."""
    found = _chosen(request)
    row = get_object_or_404(request.workspace.tags, pk=_sent(request, "tag"))
    is_on = request.POST.get("is_on") == "yes"
    back = ("order", found[0].pk) if len(found) == 1 else "orders"
    if not found:
        return answer(request, gettext("Select an order first."), back=back, kind="error")
    try:
        count = tag_orders(found, row, is_on=is_on, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, _tagged(row, count, is_on=is_on), back=back)


@require_POST
@shipper_page
def assign(request: DeskRequest) -> HttpResponse:
    """Give the orders that were sent to a person, or to nobody."""
    found = _chosen(request)
    back = ("order", found[0].pk) if len(found) == 1 else "orders"
    if not found:
        return answer(request, gettext("Select an order first."), back=back, kind="error")
    person_id = _sent(request, "person")
    member = request.workspace.memberships.filter(person=person_id).first() if person_id else None
    if person_id and member is None:
        raise Http404
    count = assign_orders(found, member, actor=request.user.pk, now=clock.now())
    if member is None:
        text = ngettext("%(n)s order is nobody's now.", "%(n)s orders are nobody's now.", count)
        return answer(request, text % {"n": count}, back=back)
    text = ngettext("%(n)s order is for %(person)s.", "%(n)s orders are for %(person)s.", count) % {
        "n": count,
        "person": member.person,
    }
    return answer(request, text, back=back)


def _chosen(request: DeskRequest) -> list[Order]:
    return grid.chosen_orders(request.workspace, selected_ids(request))


def _sent(request: DeskRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")[:40]


def _tagged(row: Tag, count: int, *, is_on: bool) -> str:
    text = (
        ngettext("%(n)s order tagged %(tag)s.", "%(n)s orders tagged %(tag)s.", count)
        if is_on
        else ngettext("%(tag)s taken off %(n)s order.", "%(tag)s taken off %(n)s orders.", count)
    )
    return text % {"n": count, "tag": row.name}


def _page(request: DeskRequest, form: TagForm | None = None, said: str = "") -> HttpResponse:
    rows = list(request.workspace.tags.order_by("name", "id"))
    context = {
        "lines": [{"tag": row, "form": TagForm(instance=row, prefix=row.pk)} for row in rows],
        "form": form or TagForm(),
        "said": said,
    }
    return render(request, "web/rules/tags.html", context)


def _first(form: TagForm) -> str:
    return str(next(iter(form.errors.values()))[0])
