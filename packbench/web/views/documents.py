"""Settings › Documents: on which paper, what goes along, and how slips of each store look."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.channels.models import Store
from packbench.labels.arranging import (
    change_papers,
    change_store_papers,
    check_look,
    papers_of,
    papers_of_stores,
    usual_paper,
)
from packbench.labels.models import Kind, StorePapers
from packbench.labels.slip_values import LANGUAGES
from packbench.labels.slips import draw_sample, our_template
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.papers import PaperSettingsForm, StorePapersForm
from packbench.web.saying import say
from packbench.web.views.serving import document

TEMPLATES = {Kind.SLIP.value: "slip_template", Kind.GIFT_CARD.value: "card_template"}


@never_cache
@owner_page
def documents(request: DeskRequest) -> HttpResponse:
    """The workspace's paper, and its stores."""
    row = papers_of(request.workspace)
    form = PaperSettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        change_papers(form.save(commit=False), actor=request.user.pk, now=clock.now())
        messages.success(request, gettext("Saved. What is printed from now on follows."))
        return redirect("settings_documents")
    stores = list(request.workspace.stores.defer("brand_logo").order_by("name"))
    settings = papers_of_stores(store.pk for store in stores)
    lines = [{"store": store, "papers": settings[store.pk]} for store in stores]
    return render(request, "web/settings/documents.html", {"form": form, "lines": lines})


@never_cache
@owner_page
def of_store(request: DeskRequest, store_id: str) -> HttpResponse:
    """The papers of one store, with their templates."""
    store = get_object_or_404(request.workspace.stores, pk=store_id)
    row = papers_of_stores([store.pk])[store.pk]
    form = StorePapersForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_store_papers(form.save(commit=False), actor=request.user.pk, now=clock.now())
        except Rejected as error:
            form.refuse(error)
        else:
            messages.success(request, gettext("Saved. What is printed from now on follows."))
            return redirect("settings_store_documents", store.pk)
    return render(request, "web/settings/store_documents.html", _context(request, store, row, form))


@require_POST
@owner_page
def preview(request: DeskRequest, store_id: str, kind: str) -> HttpResponse:
    """A template as it is typed, with an order that never was."""
    store = get_object_or_404(request.workspace.stores, pk=store_id)
    if kind not in TEMPLATES:
        return redirect("settings_store_documents", store.pk)
    text = request.POST.get(TEMPLATES[kind], "") or our_template(kind)
    language = request.POST.get("language") or (get_language() or "en")[:2]
    settings = papers_of(request.workspace)
    try:
        check_look(text)
        content = draw_sample(
            store,
            kind,
            text,
            paper=settings.document_paper or usual_paper(request.workspace),
            language=language if language in LANGUAGES else "en",
        )
    except Rejected as error:
        context = {"sentence": say(error.sentence), "store": store}
        return render(request, "web/settings/template_broken.html", context, status=409)
    return document(content, "pdf", name="sample")


@require_POST
@owner_page
def reset(request: DeskRequest, store_id: str, kind: str) -> HttpResponse:
    """Follow our template again."""
    store = get_object_or_404(request.workspace.stores, pk=store_id)
    row = papers_of_stores([store.pk])[store.pk]
    if kind in TEMPLATES:
        setattr(row, TEMPLATES[kind], "")
        change_store_papers(row, actor=request.user.pk, now=clock.now())
        messages.success(request, gettext("The template is ours again."))
    return redirect("settings_store_documents", store.pk)


def _context(
    request: DeskRequest, store: Store, row: StorePapers, form: StorePapersForm
) -> dict[str, Any]:
    return {
        "store": store,
        "form": form,
        "languages": LANGUAGES,
        "templates": [
            {"kind": kind, "field": form[name], "is_own": bool(getattr(row, name))}
            for kind, name in TEMPLATES.items()
        ],
    }
