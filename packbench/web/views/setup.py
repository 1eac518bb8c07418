"""The first start: one person, one workspace, and where parcels leave from."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from packbench.accounts.joining import AlreadySetUp, is_set_up, set_up
from packbench.carriers.settling import save_warehouse
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.settings import ShipFromForm
from packbench.web.forms.signing import SetUpForm

BACKEND = "packbench.accounts.backends.MemberBackend"


def begin(request: HttpRequest) -> HttpResponse:
    """Make the first person. Once there is one, this page only leads to the others."""
    if is_set_up():
        return redirect("sign_in")
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            member = set_up(
                given["email"],
                given["password"],
                workspace_name=given["workspace"],
                now=clock.now(),
            )
        except AlreadySetUp:
            return redirect("sign_in")
        login(request, member.person, backend=BACKEND)
        return redirect("setup_ship_from")
    return render(request, "web/setup/begin.html", {"form": form})


@owner_page
def ship_from(request: DeskRequest) -> HttpResponse:
    """Ask for the first address. It can be left for later."""
    if request.workspace.warehouses.exists():
        return redirect("connect")
    form = ShipFromForm(
        request.POST or None,
        initial={"name": request.workspace.name[:60], "company": request.workspace.name[:60]},
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            save_warehouse(
                request.workspace, form.ship_from(), actor=request.user.pk, now=clock.now()
            )
            return redirect("connect")
        except Rejected as error:
            refused = error
    return render(request, "web/setup/ship_from.html", {"form": form, "refused": refused})
