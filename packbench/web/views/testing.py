"""Testing a connection: what Amazon accepts of an account, line by line (SEED-19)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.models import SellerAccount
from packbench.channels.probing import ask_test
from packbench.lib import clock
from packbench.web.doors import DeskRequest, member_page, owner_page


@require_POST
@owner_page
def test(request: DeskRequest, account_id: str) -> HttpResponse:
    """Let the connection be tested; its lines fill one by one."""
    account = _find_account(request, account_id)
    ask_test(account, actor=request.user.pk, now=clock.now())
    return _shown(request, account_id)


@never_cache
@require_GET
@member_page
def connection(request: DeskRequest, account_id: str) -> HttpResponse:
    """What the last test showed; while one runs, this part of the page asks again."""
    return _shown(request, account_id)


def _shown(request: DeskRequest, account_id: str) -> HttpResponse:
    """The part alone where the page asks for it; else the account's page, at that part."""
    account = _find_account(request, account_id)
    if request.htmx:
        return render(request, "web/accounts/connection.html", {"account": account})
    return redirect(reverse("account", args=[account.pk]) + "#connection")


def _find_account(request: DeskRequest, account_id: str) -> SellerAccount:
    return get_object_or_404(request.workspace.seller_accounts, pk=account_id)
