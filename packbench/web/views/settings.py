"""Settings: people, the workspace's name, and the way to the other pages."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.accounts.joining import change_role, invite, remove_member, rename_workspace
from packbench.accounts.models import Member
from packbench.carriers.registry import default_account
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.settings import InviteForm, WorkspaceForm


@member_page
def overview(request: DeskRequest) -> HttpResponse:
    """The owner's settings; everybody else has their own account only."""
    if not request.member.can_manage:
        return redirect("settings_me")
    return settings_page(request)


@require_POST
@owner_page
def workspace(request: DeskRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST)
    if not form.is_valid():
        return settings_page(request, workspace_form=form)
    rename_workspace(request.workspace, form.cleaned_data["name"])
    messages.success(request, gettext("Workspace renamed."))
    return redirect("settings")


@never_cache
@require_POST
@owner_page
def people(request: DeskRequest) -> HttpResponse:
    """Let a person in. Their password is on this one answer and nowhere else."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return settings_page(request, invite_form=form)
    given = form.cleaned_data
    try:
        invitation = invite(request.workspace, given["email"], role=given["role"])
    except Rejected as error:
        return settings_page(request, invite_form=form, refused_person=error)
    return render(request, "web/settings/invited.html", {"invitation": invitation})


@require_POST
@owner_page
def role(request: DeskRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(request.workspace.memberships, pk=member_id)
    wanted = request.POST.get("role", "")
    if wanted in Member.Role.values:
        try:
            change_role(member, wanted)
        except Rejected as error:
            return settings_page(request, refused_person=error)
        messages.success(request, gettext("Role changed."))
    return redirect("settings")


@require_POST
@owner_page
def remove(request: DeskRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(request.workspace.memberships, pk=member_id)
    try:
        remove_member(member)
    except Rejected as error:
        return settings_page(request, refused_person=error)
    messages.success(request, gettext("Removed. This person cannot sign in here any more."))
    return redirect("settings")


def settings_page(request: DeskRequest, **more: Any) -> HttpResponse:
    """All settings of the workspace; `more` is what a form that was sent left to show."""
    context = {
        "workspace_form": WorkspaceForm(initial={"name": request.workspace.name}),
        "warehouse": request.workspace.warehouses.filter(is_default=True).first(),
        "carrier": default_account(request.workspace, now=clock.now()),
        "members": request.workspace.memberships.select_related("person").order_by("person__email"),
        "roles": Member.Role.choices,
        "invite_form": InviteForm(),
        **_mail(request),
        **more,
    }
    return render(request, "web/settings/overview.html", context)


def _mail(request: DeskRequest) -> dict[str, Any]:
    """Where e-mails to owners leave, and why the latest did not."""
    last = request.workspace.mails.order_by("-created_at", "-id").first()
    return {
        "mail_host": settings.EMAIL_HOST,
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "mail_problem": last.problem if last else None,
    }
