"""Settings › API keys: what programs come in with."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.accounts.keys import A_MINUTE, make_key, revoke_key
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.keys import KeyForm
from packbench.web.people import people_of
from packbench.web.saying import say


@never_cache
@owner_page
def keys(request: DeskRequest) -> HttpResponse:
    """All keys; POST makes one, whose token is on this one answer and nowhere else."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = make_key(
                request.workspace,
                given["name"],
                given["scopes"],
                actor=request.user.pk,
                now=clock.now(),
            )
        except Rejected as error:
            form.add_error(None, say(error.sentence))
        else:
            return render(request, "web/settings/key_made.html", {"made": made})
    names = people_of(request.workspace)
    rows = request.workspace.api_keys.order_by("revoked_at", "-made_at", "pk")
    context = {
        "form": form,
        "keys": [{"row": row, "maker": names.get(row.made_by, row.made_by)} for row in rows],
        "a_minute": A_MINUTE,
    }
    return render(request, "web/settings/keys.html", context)


@require_POST
@owner_page
def revoke(request: DeskRequest, key_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.api_keys, pk=key_id)
    revoke_key(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Revoked. Whatever used this key is refused from now on."))
    return redirect("settings_keys")
