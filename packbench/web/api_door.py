"""What guards the API: a key in `Authorization: Bearer pbk_…`, its scope, its pace."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from packbench.accounts.keys import TooManyCalls, take_key
from packbench.accounts.models import ApiKey, Workspace
from packbench.lib import clock

View = Callable[..., HttpResponse]


class ApiRequest(HttpRequest):
    """A request of a program: `workspace` is the key's."""

    api_key: ApiKey
    workspace: Workspace


def api_page(scope: str) -> Callable[[View], View]:
    """Only with a key that has the scope. Sessions of people open nothing here."""

    def guard(view: View) -> View:
        @csrf_exempt  # no cookie counts here
        @never_cache
        @wraps(view)
        def guarded(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                key = take_key(_token(request), now=clock.now())
            except TooManyCalls as error:
                answer = problem(429, "Too many calls", "Wait until the next minute.")
                answer["Retry-After"] = str(error.wait_s)
                return answer
            if key is None:
                answer = problem(401, "No valid key", "Send Authorization: Bearer pbk_…")
                answer["WWW-Authenticate"] = "Bearer"
                return answer
            if scope not in key.scopes:
                return problem(403, "Scope missing", f"This key lacks the scope {scope}.")
            request.api_key, request.workspace = key, key.workspace
            return view(request, *args, **kwargs)

        return guarded

    return guard


def problem(status: int, title: str, detail: str) -> HttpResponse:
    """An error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


def answer(body: dict[str, Any]) -> HttpResponse:
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _token(request: HttpRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
