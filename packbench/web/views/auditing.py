"""Audit: Amazon's policy held against this installation, and what people vouch for."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.audit.auditing import attest, audit
from packbench.audit.finding import PARTS, Verdict
from packbench.audit.printing import as_json, as_pdf
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.saying import say


@never_cache
@require_GET
@owner_page
def overview(request: DeskRequest) -> HttpResponse:
    """Every control, by the policy's parts, with evidence and what to do."""
    report = audit(request.workspace, now=clock.now())
    context = {
        "report": report,
        "parts": [
            ({"number": number, "title": PARTS[number]}, list(lines))
            for number, lines in groupby(report.lines, key=lambda line: line.control.part)
        ],
        "counts": {verdict.value: report.counts[verdict] for verdict in Verdict},
        "total": len(report.lines),
    }
    return render(request, "web/settings/audit.html", context)


@require_POST
@owner_page
def vouch(request: DeskRequest, code: str) -> HttpResponse:
    """Keep what the owner says of one control."""
    try:
        attest(
            request.workspace,
            code,
            request.POST.get("said", ""),
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        messages.success(request, gettext("Kept with your name and today's date."))
    return redirect("settings_audit")


@never_cache
@require_GET
@owner_page
def download(request: DeskRequest, kind: str) -> HttpResponse:
    """The report as a file: `json` or `pdf`."""
    report = audit(request.workspace, now=clock.now())
    content = as_pdf(report) if kind == "pdf" else as_json(report)
    answer = HttpResponse(content, content_type=f"application/{kind}")
    name = f"packbench-audit-{report.at:%Y-%m-%d}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
