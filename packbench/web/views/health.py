"""Whether the desk answers."""

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer without touching anything: the process is alive."""
    return HttpResponse("ok", content_type="text/plain")
