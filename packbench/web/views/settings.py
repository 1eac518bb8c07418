"""Settings: where parcels leave from, labels, people, the workspace's name."""

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
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import default_account, open_carrier
from packbench.carriers.settling import change_carrier, choose_warehouse, save_warehouse
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.settings import CarrierForm, InviteForm, ShipFromForm, WorkspaceForm


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


@owner_page
def address(request: DeskRequest, warehouse_id: str = "") -> HttpResponse:
    """Add a ship-from address or change one."""
    warehouse = None
    if warehouse_id:
        warehouse = get_object_or_404(request.workspace.warehouses, pk=warehouse_id)
    initial = ShipFromForm.values_of(warehouse) if warehouse else None
    form = ShipFromForm(request.POST or None, initial=initial)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            save_warehouse(
                request.workspace,
                form.ship_from(),
                warehouse=warehouse,
                actor=request.user.pk,
                now=clock.now(),
            )
        except Rejected as error:
            refused = error
        else:
            messages.success(request, gettext("Address saved. New labels use it."))
            return redirect("settings")
    context = {"form": form, "warehouse": warehouse, "refused": refused}
    return render(request, "web/settings/address.html", context)


@require_POST
@owner_page
def default_address(request: DeskRequest, warehouse_id: str) -> HttpResponse:
    warehouse = get_object_or_404(request.workspace.warehouses, pk=warehouse_id)
    choose_warehouse(warehouse, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("New parcels leave from this address."))
    return redirect("settings")


@require_POST
@owner_page
def carrier(request: DeskRequest, carrier_id: str) -> HttpResponse:
    account = get_object_or_404(request.workspace.carrier_accounts, pk=carrier_id)
    form = _carrier_form(account, request.POST)
    if not form.is_valid():
        return settings_page(request, carrier_form=form)
    try:
        change_carrier(account, **form.cleaned_data, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return settings_page(request, carrier_form=form, refused=error)
    messages.success(request, gettext("Carrier saved."))
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
    account = default_account(request.workspace, now=clock.now())
    context = {
        "workspace_form": WorkspaceForm(initial={"name": request.workspace.name}),
        "warehouses": request.workspace.warehouses.order_by("-is_default", "name"),
        "carrier": account,
        "carrier_form": _carrier_form(account),
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


def _carrier_form(account: CarrierAccount, data: Any = None) -> CarrierForm:
    initial = {
        "name": account.name,
        "label_size": account.label_size,
        "default_service": account.default_service,
    }
    return CarrierForm(open_carrier(account).services(), data, initial=initial)
