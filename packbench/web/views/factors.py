"""The second factor: set up and removed by each for themselves, asked for when they sign in."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from packbench.accounts.factors import (
    begin_factor,
    check_code,
    codes_left,
    confirm_factor,
    has_factor,
    remove_factor,
)
from packbench.accounts.models import Person
from packbench.lib import clock
from packbench.lib.barcodes import qr_rows, stretches
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page
from packbench.web.forms.keys import CodeForm, RemoveFactorForm
from packbench.web.saying import say

HALF = "signing_in"  # in the session: whose password was right
PATIENCE = timedelta(minutes=5)


@never_cache
@member_page
def factor(request: DeskRequest) -> HttpResponse:
    """Show the secret, take the first code; or say that it is on, and let it be removed."""
    if has_factor(request.user):
        return _removing(request)
    address = begin_factor(request.user, request.workspace)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = confirm_factor(request.user, form.cleaned_data["code"], now=clock.now())
        except Rejected as error:
            form.add_error("code", say(error.sentence))
        else:
            return render(request, "web/settings/recovery.html", {"codes": codes})
    context = {"form": form, **_drawn(address)}
    return render(request, "web/settings/factor.html", context)


def half_signed_in(request: HttpRequest, person: Any, *, next_page: str) -> HttpResponse:
    """The password was right: remember it for a few minutes and ask for the code."""
    request.session.cycle_key()
    request.session[HALF] = [person.pk, person.backend, clock.now().isoformat(), next_page]
    return redirect("sign_in_code")


@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Take the code of whose password was right, and let them in."""
    half: Any = request.session.get(HALF)
    person = _half(half)
    if person is None:
        return redirect("sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            is_good = check_code(person, form.cleaned_data["code"], now=clock.now())
        except Rejected as error:
            form.add_error("code", say(error.sentence))
        else:
            if is_good:
                del request.session[HALF]
                login(request, person, backend=half[1])
                return _welcome(person, half[3])
            form.add_error("code", gettext("This code is not right, or it was used already."))
    return render(request, "web/signing/code.html", {"form": form})


def _half(half: Any) -> Person | None:
    if not half or datetime.fromisoformat(half[2]) < clock.now() - PATIENCE:
        return None
    return Person.objects.filter(pk=half[0], is_active=True).first()


def _welcome(person: Person, next_page: str) -> HttpResponse:
    from packbench.web.views.signing import speak

    answer = redirect(next_page)
    speak(answer, person.language)
    return answer


def _removing(request: DeskRequest) -> HttpResponse:
    form = RemoveFactorForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        remove_factor(request.user)
        messages.success(request, gettext("You sign in with your password alone again."))
        return redirect("settings_me")
    context = {"form": form, "codes_left": codes_left(request.user)}
    return render(request, "web/settings/factor_on.html", context)


def _drawn(address: str) -> dict[str, Any]:
    """The address as a QR code, and its secret to type in. Neither is kept by a cache."""
    rows = qr_rows.__wrapped__(address)
    path = "".join(
        f"M{left} {top}h{width}v1h-{width}z"
        for top, row in enumerate(rows)
        for left, width in stretches(row)
    )
    secret = address.split("secret=")[1].split("&")[0]
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return {"path": path, "side": len(rows), "secret": groups}
