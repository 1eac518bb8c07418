"""What guards a page: who may come in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from packbench.accounts.models import Member, Person, Workspace

View = Callable[..., HttpResponse]


class DeskRequest(HttpRequest):
    """A request of someone who works in a workspace. `htmx` is django-htmx's."""

    member: Member
    workspace: Workspace
    user: Person
    htmx: Any


def member_page(view: View) -> View:
    """Only for signed-in members of a workspace."""

    @login_required
    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.member is None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def shipper_page(view: View) -> View:
    """Only for members who may buy labels and change orders."""
    return _where(view, lambda member: member.can_ship)


def buyers_page(view: View) -> View:
    """Only for members who may see who bought, and what they wrote."""
    return _where(view, lambda member: member.can_see_buyers)


def owner_page(view: View) -> View:
    """Only for members who may connect stores and change settings."""
    return _where(view, lambda member: member.can_manage)


def _where(view: View, may: Callable[[Member], bool]) -> View:
    @member_page
    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.member):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
