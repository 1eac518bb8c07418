"""Reports, as far as a client looks whether it may use them."""

from __future__ import annotations

from packbench_sandbox.wire import Request, Response, answer, invalid


def get_reports(request: Request) -> Response:
    """`GET /reports/2021-06-30/reports`: none was ever asked for here."""
    _check(request, "reportTypes")
    return answer({"reports": []})


def _check(request: Request, types: str) -> None:
    if not request.first(types) and not request.first("nextToken"):
        raise invalid(f"Either {types} or nextToken is required.")
    _page_size(request, most=100)


def _page_size(request: Request, *, most: int) -> int:
    text = request.first("pageSize", "10")
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(f"pageSize must be a number between 1 and {most}.")
    return int(text)
