"""Every signed-in request works in one workspace; views reach rows only from it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from packbench.accounts.models import Member


class WorkspaceMiddleware:
    """Sets `request.member` and `request.workspace`: None where nobody is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = _member_of(request)
        request.member = member  # type: ignore[attr-defined]
        request.workspace = member.workspace if member else None  # type: ignore[attr-defined]
        if "\0" in request.path_info:  # no id has one, and the database takes none
            raise Http404
        return self.get_response(request)


def _member_of(request: HttpRequest) -> Member | None:
    if not request.user.is_authenticated:
        return None
    member: Member | None = getattr(request.user, "member", None)  # accounts.backends
    return member
