"""From a request to an answer, by way of the armed faults."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from packbench_sandbox.amazon.feeding import work_off
from packbench_sandbox.amazon.gate import Throttled, denied, throttled
from packbench_sandbox.faults import BEFORE, Fault
from packbench_sandbox.routing import Route, find_route
from packbench_sandbox.spoiling import MANNERS, REWRITTEN, rewritten
from packbench_sandbox.wire import Refusal, Request, Response, invalid, refuse

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

_WITH_RATE = frozenset({200, 201, 202, 204, 400, 404})


@dataclass(frozen=True)
class Delivery:
    """What to send and how. `whole` is the ordinary way; no response means hang up."""

    response: Response | None
    manner: str = "whole"
    seconds: float = 0.0
    at: int | None = None


class Desk:
    """Answers requests, one at a time where it touches the world."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.is_closing = threading.Event()
        self._turns: dict[int, threading.Semaphore] = {}

    def deliver(self, request: Request) -> Delivery:
        """Let the effect happen, or not, and say what the client gets to see of it."""
        found = find_route(request.method, request.path)
        if found is None:
            return Delivery(self._sign(_unknown(request), None))
        route, names = found
        fault = None
        if route.operation != "control":
            fault = self.sandbox.faults.take(route.operation, request.target, request.body)
        if fault and fault.delay_seconds:
            with self._turn(fault):
                self.is_closing.wait(fault.delay_seconds)
        if fault and fault.kind in ("timeout", "reset"):
            return self._hang_up(fault)
        response = self._sign(self._run(route, request, names, fault), route)
        if fault and fault.kind not in BEFORE:
            return _spoil(response, fault)
        return Delivery(response)

    def _run(
        self, route: Route, request: Request, names: dict[str, str], fault: Fault | None
    ) -> Response:
        is_throttled = False
        try:
            if fault and fault.kind in BEFORE:
                raise _FAILURES[fault.kind](fault)
            with self.sandbox.world.lock:
                work_off(self.sandbox)
                return route.step(self.sandbox, request, **names)
        except Refusal as refusal:
            is_throttled = isinstance(refusal, Throttled)
            return refusal.response
        finally:
            self.sandbox.throttle.count(route.operation, throttled=is_throttled)

    def _turn(self, fault: Fault) -> AbstractContextManager[object]:
        if not fault.at_once:
            return nullcontext()
        return self._turns.setdefault(fault.id, threading.Semaphore(fault.at_once))

    def _hang_up(self, fault: Fault) -> Delivery:
        if fault.kind == "reset":
            return Delivery(None, "reset")
        self.is_closing.wait(fault.seconds)
        return Delivery(None)

    def _sign(self, response: Response, route: Route | None) -> Response:
        """Put on the headers that every answer carries, and the rate where Amazon sends it."""
        now = self.sandbox.clock.now()
        response.headers["Date"] = formatdate(now, usegmt=True)
        response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
        if route and route.is_spapi and response.status in _WITH_RATE:
            rate = self.sandbox.throttle.header(route.operation)
            response.headers |= {"x-amzn-RateLimit-Limit": rate} if rate else {}
        return response


def _unknown(request: Request) -> Response:
    return refuse(404, "NotFound", f"There is nothing at {request.method} {request.path}.").response


def _spoil(response: Response, fault: Fault) -> Delivery:
    """What took effect is answered so that nobody can tell."""
    if fault.kind in ("lost_answer", "reset_after"):
        return Delivery(None, "reset" if fault.kind == "reset_after" else "whole")
    if fault.kind in REWRITTEN:
        return Delivery(rewritten(response, fault))
    manner = fault.kind if fault.kind in MANNERS else "whole"
    return Delivery(response, manner, fault.seconds, fault.at)


def _refused(fault: Fault) -> Refusal:
    return refuse(fault.status, fault.code, fault.message)


def _throttled(fault: Fault) -> Refusal:
    refusal = throttled()
    if fault.retry_after:
        refusal.response.headers["Retry-After"] = fault.retry_after
    return refusal


def _expired_token(_: Fault) -> Refusal:
    return denied("The access token you provided has expired.")


def _expired_page(_: Fault) -> Refusal:
    return invalid("paginationToken has expired.")


def _internal_failure(_: Fault) -> Refusal:
    return refuse(500, "InternalFailure", "We encountered an internal error. Please try again.")


def _html_outage(_: Fault) -> Refusal:
    body = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
    return Refusal(Response(503, body, "text/html"))


def _gateway(status: int) -> Callable[[Fault], Refusal]:
    return lambda _: Refusal(Response(status, b"<html>Bad gateway</html>", "text/html"))


def _portal(_: Fault) -> Refusal:
    """Another network's own page, where the request never got through."""
    return Refusal(Response(200, b"<html>Accept the terms to go online</html>", "text/html"))


def _empty_outage(_: Fault) -> Refusal:
    return Refusal(Response(503, b"", ""))


_FAILURES = {
    "429": _throttled,
    "refused": _refused,
    "500": _internal_failure,
    "503_html": _html_outage,
    "503_empty": _empty_outage,
    "408": _gateway(408),
    "502": _gateway(502),
    "504": _gateway(504),
    "html_before": _portal,
    "token_expired": _expired_token,
    "page_token_expired": _expired_page,
}
