"""Adding stores for marketplaces where an account sells and has none here (SEED-95)."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from packbench.channels.ticking import add_missing_stores, without_store
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.suggesting import dismiss
from packbench.web.views.connecting import connected_to, find_account


@require_POST
@owner_page
def add_missing(request: DeskRequest, account_id: str) -> HttpResponse:
    """Add a store for the marketplace that was pressed, or for all that are missing."""
    account = find_account(request, account_id)
    wanted = request.POST.get("marketplace", "")
    missing = [each for each in without_store(account) if wanted in ("", each.id)]
    try:
        stores = add_missing_stores(account, missing, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        context = {"refused": error, "account": account}
        return render(request, "web/connect/not_added.html", context, status=409)
    return connected_to(account, stores) if stores else redirect("stores")


@require_POST
@owner_page
def dismiss_missing(request: DeskRequest, account_id: str) -> HttpResponse:
    """Say no to the marketplaces that are suggested now; others are suggested later."""
    dismiss(request, find_account(request, account_id))
    return HttpResponse() if request.htmx else redirect("stores")
