"""Personal data › Archive: what the law makes a seller keep, where the desk cannot read it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.archiving import end_archive, plan_archive
from packbench.privacy.models import Archived, ArchivePlan
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.archive import ArchiveForm
from packbench.web.saying import say


@never_cache
@owner_page
def archive(request: DeskRequest) -> HttpResponse:
    """What goes in and who can open it; POST saves that."""
    plan = ArchivePlan.objects.filter(pk=request.workspace.pk).first()
    form = ArchiveForm(plan, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            plan_archive(
                request.workspace, form.cleaned_data, actor=request.user.pk, now=clock.now()
            )
        except Rejected as error:
            form.add_error(None, say(error.sentence))
        else:
            messages.success(request, gettext("Saved. Sold orders go in before their data ends."))
            return redirect("settings_archive")
    archived = Archived.objects.filter(workspace_id=request.workspace.pk)
    context = {
        "plan": plan,
        "form": form,
        "count": archived.count(),
        "latest": archived.order_by("-at").first(),
        "folder": settings.ARCHIVE_DIR / request.workspace.pk,
    }
    return render(request, "web/settings/archive.html", context)


@require_POST
@owner_page
def end(request: DeskRequest) -> HttpResponse:
    end_archive(request.workspace, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Nothing goes into the archive any more. Its files stay."))
    return redirect("settings_archive")
