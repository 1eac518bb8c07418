"""The compliance page: numbers of producers by country and category (SEED-91)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.channels.complying import save_compliance
from packbench.lib import clock
from packbench.lib.epr import rule_of
from packbench.lib.errors import Rejected
from packbench.web.compliance_page import compliance_context
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.complying import ComplianceForm
from packbench.web.saying import say


@member_page
def compliance(request: DeskRequest) -> HttpResponse:
    return compliance_page(request)


@require_POST
@owner_page
def save(request: DeskRequest, country: str, category: str) -> HttpResponse:
    """Save what was said of one category in one country."""
    rule = rule_of(country, category)
    if rule is None:
        raise Http404
    form = ComplianceForm(country, rule, request.POST)
    sent = (country, category, form)
    if not form.is_valid():
        return compliance_page(request, sent=sent)
    try:
        save_compliance(
            request.workspace,
            country,
            category,
            form.entry(),
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        form.add_error("number", say(error.sentence))
        return compliance_page(request, sent=sent)
    messages.success(request, gettext("Saved."))
    return redirect(f"{reverse('compliance')}#{country}")


def compliance_page(request: DeskRequest, **more: Any) -> HttpResponse:
    context = compliance_context(request.workspace, stores_of(request), now=clock.now(), **more)
    return render(request, "web/stores/compliance.html", context)
