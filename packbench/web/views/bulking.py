"""What is done to more orders than one waits for: by a job, while a panel shows how far it is."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import reswap, retarget

from packbench.lib import clock
from packbench.orders.bulking import start_bulk
from packbench.orders.models import BulkRun
from packbench.web.doors import DeskRequest
from packbench.web.selecting import AT_ONCE, selected_ids


def begin_bulk(
    request: DeskRequest, kind: BulkRun.Kind, given: Mapping[str, Any]
) -> HttpResponse | None:
    """Have a job do it where the selection is large, and answer with its progress; else None."""
    ids = selected_ids(request)
    if len(ids) <= AT_ONCE:
        return None
    run = start_bulk(
        request.workspace, kind, ids, given=given, actor=request.user.pk, now=clock.now()
    )
    return show_run(request, run)


def show_run(request: DeskRequest, run: BulkRun) -> HttpResponse:
    """The progress of what was just asked for, in the panel beside the grid."""
    if not request.htmx:
        return redirect("bulk_run", run.pk)
    page = render(request, "web/orders/bulk.html", {"run": run, "total": len(run.order_ids)})
    return reswap(retarget(page, "#panel"), "innerHTML")
