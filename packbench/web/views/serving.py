"""Files with buyers' data, given to the browser: no cache keeps them, and nothing guesses."""

from django.http import HttpResponse

TYPES = {"pdf": "application/pdf", "zpl": "application/zpl", "png": "image/png"}


def private_file(content: bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def document(content: bytes, format: str, *, name: str = "labels") -> HttpResponse:
    """A file that the browser shows (PDF) or keeps (whatever else a carrier gives)."""
    response = private_file(content, TYPES.get(format, "application/octet-stream"))
    way = "inline" if format == "pdf" else "attachment"
    response["Content-Disposition"] = f'{way}; filename="{name}.{format}"'
    # The browser's own PDF viewer does not come from here: our policy would keep it shut.
    response._csp_exempt = True  # type: ignore[attr-defined]
    response["Content-Security-Policy"] = "frame-ancestors 'none'"
    return response
