"""Help: the articles, what errors mean, and a bundle for whoever helps (SEED-29)."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.troubles.base import Trouble
from packbench.channels.troubles.catalog import GROUPS, trouble_named
from packbench.lib import clock
from packbench.web.articles import article_of, articles, find_passages
from packbench.web.diagnosing import pack_diagnostics
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.explaining import About, explain, find_troubles

FAULTS_SHOWN = 50
PASSAGES_SHOWN = 20
LONGEST_QUERY = 80


@require_GET
@member_page
def help_pages(request: DeskRequest) -> HttpResponse:
    """All articles; for owners also the refusals that nobody has explained yet."""
    faults = request.workspace.unknown_faults.order_by("-last_seen_at", "-id")
    context = {
        "articles": articles(_language()),
        "faults": faults[:FAULTS_SHOWN] if request.member.can_manage else (),
    }
    return render(request, "web/help/index.html", context)


@require_GET
@member_page
def article(request: DeskRequest, slug: str) -> HttpResponse:
    shown = article_of(slug, _language())
    if shown is None:
        raise Http404
    context = {
        "article": shown,
        "articles": articles(_language()),
        "is_translated": shown.language == _language(),
    }
    return render(request, "web/help/article.html", context)


@require_GET
@member_page
def errors(request: DeskRequest) -> HttpResponse:
    """The catalog of errors, searched by code, by word, by the names that Amazon gives them."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    context = {
        "query": query,
        "groups": _groups(query),
        "passages": find_passages(query, _language())[:PASSAGES_SHOWN],
    }
    return render(request, "web/help/errors.html", context)


@require_GET
@member_page
def error(request: DeskRequest, name: str) -> HttpResponse:
    """One error; what Amazon calls so leads to it, or to the search where it is ambiguous."""
    row = trouble_named(name)
    if row is None:
        return redirect(f"{reverse('help_errors')}?{urlencode({'q': name[:LONGEST_QUERY]})}")
    if row.code != name:
        return redirect("help_error", row.code)
    context = {
        "trouble": explain(row.code, About(), request.member),
        "row": row,
        "names": row.amazon,
        "words": row.words,
    }
    return render(request, "web/help/error.html", context)


@require_POST
@owner_page
def diagnostics(request: DeskRequest) -> HttpResponse:
    """A file for whoever helps: without secrets and without anybody's data."""
    now = clock.now()
    content = pack_diagnostics(request.workspace, now=now)
    answer = HttpResponse(content, content_type="application/zip")
    name = f"packbench-diagnostics-{now:%Y%m%d-%H%M}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _groups(query: str) -> Sequence[tuple[str, Sequence[Trouble]]]:
    """The whole catalog by subject, or what was found, the best first."""
    if not query:
        return GROUPS
    found = find_troubles(query)
    return [("", found)] if found else []


def _language() -> str:
    return (get_language() or "en").split("-")[0]
