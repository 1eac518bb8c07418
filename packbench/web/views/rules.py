"""Rules: the list, the editor, trying them and having them carried out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.reruling import Rehearsal, ask_for, ask_for_all, rehearse_open_orders
from packbench.rules.actions import Action
from packbench.rules.arranging import (
    drafted_rule,
    move_rule,
    remove_rule,
    save_rule,
    switch_rule,
)
from packbench.rules.models import Rule
from packbench.web.doors import DeskRequest, member_page, owner_page, shipper_page
from packbench.web.forms.rules import Editor
from packbench.web.rule_words import Names, action_words, rule_lines
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.views.answering import answer

MOST_SHOWN = 200  # orders of a rehearsal


@never_cache
@require_GET
@member_page
def rules(request: DeskRequest) -> HttpResponse:
    names = Names.of(request.workspace)
    rows = request.workspace.rules.order_by("position", "id")
    context = {
        "lines": [rule_lines(rule, names) for rule in rows],
        "run": request.workspace.rule_runs.order_by("-asked_at").first(),
    }
    template = "web/rules/run.html" if request.htmx else "web/rules/list.html"
    return render(request, template, context)


@never_cache
@owner_page
def rule(request: DeskRequest, rule_id: str = "") -> HttpResponse:
    """Write a new rule or change one; buttons of the form add and take away its rows."""
    row = get_object_or_404(request.workspace.rules, pk=rule_id) if rule_id else None
    names = Names.of(request.workspace)
    if request.method != "POST":
        return _editor(request, row, Editor.of(row, names) if row else Editor.new(names))
    editor = Editor.read(request.POST, names)
    do = request.POST.get("do", "save")
    if do not in ("save", "try"):
        return _editor(request, row, editor)
    try:
        if do == "try":
            return _editor(request, row, editor, tried=_tried(request, editor))
        save_rule(request.workspace, row, editor.draft(), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return _editor(request, row, editor, mistake=say(error.sentence))
    messages.success(request, gettext("Rule saved. It holds for orders that come in from now on."))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("rules")})
    return redirect("rules")


@require_POST
@owner_page
def switch(request: DeskRequest, rule_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.rules, pk=rule_id)
    is_enabled = request.POST.get("is_enabled") == "yes"
    switch_rule(row, is_enabled=is_enabled, actor=request.user.pk, now=clock.now())
    return redirect("rules")


@require_POST
@owner_page
def move(request: DeskRequest, rule_id: str) -> HttpResponse:
    """One place up or down."""
    row = get_object_or_404(request.workspace.rules, pk=rule_id)
    by = -1 if request.POST.get("to") == "up" else 1
    move_rule(row, by=by, actor=request.user.pk, now=clock.now())
    return redirect("rules")


@require_POST
@owner_page
def remove(request: DeskRequest, rule_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.rules, pk=rule_id)
    remove_rule(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Rule removed. What it did to orders stays."))
    return redirect("rules")


@never_cache
@require_GET
@member_page
def rehearse(request: DeskRequest) -> HttpResponse:
    """What the rules would change in the open orders, before anybody has it done."""
    found = rehearse_open_orders(request.workspace, now=clock.now())
    return render(request, "web/rules/rehearsal.html", rehearsal_context(request, found))


@require_POST
@shipper_page
def run(request: DeskRequest) -> HttpResponse:
    """Have the rules carried out on all open orders."""
    try:
        ask_for_all(request.workspace, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    return redirect("rules")


@require_POST
@shipper_page
def rule_orders(request: DeskRequest) -> HttpResponse:
    """Carry out the rules on the orders that were sent."""
    ids = selected_ids(request)
    if not ids:
        return answer(request, gettext("Select an order first."), back="orders", kind="error")
    changed = ask_for(request.workspace, ids, now=clock.now())
    text = ngettext(
        "The rules changed %(n)s order.", "The rules changed %(n)s orders.", changed
    ) % {"n": changed}
    if not changed:
        text = gettext("The rules have nothing more to change here.")
    back = ("order", ids[0]) if len(ids) == 1 else "orders"
    return answer(request, text, back=back, kind="success" if changed else "warning")


def rehearsal_context(request: DeskRequest, found: Rehearsal) -> dict[str, Any]:
    names = Names.of(request.workspace)
    shown = found.cases[:MOST_SHOWN]
    return {
        "changes": [
            {
                "order": case.order,
                "effects": [
                    {
                        "name": effect.rule_name,
                        "done": [action_words(each, names) for each in Action.many(effect.done)],
                    }
                    for effect in case.effects
                    if effect.done
                ],
            }
            for case in shown
        ],
        "count": len(found.cases),
        "left_out": len(found.cases) - len(shown),
        "looked_at": found.looked_at,
        "has_more": found.has_more,
    }


def _tried(request: DeskRequest, editor: Editor) -> dict[str, Any]:
    """The rule as it stands in the form, tried on the open orders. Raises Rejected."""
    unsaved = drafted_rule(request.workspace, editor.draft())
    found = rehearse_open_orders(request.workspace, unsaved, now=clock.now())
    return rehearsal_context(request, found)


def _editor(request: DeskRequest, row: Rule | None, editor: Editor, **more: Any) -> HttpResponse:
    context = {"rule": row, "editor": editor, **more}
    template = "web/rules/form.html" if request.htmx else "web/rules/rule.html"
    return render(request, template, context)
