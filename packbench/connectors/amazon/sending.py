"""One call, one log line: what it was, how it ended, how long it took, and nothing else."""

import time

import httpx
import structlog

from packbench.connectors.amazon.answers import Answer, read
from packbench.lib.errors import RemoteError
from packbench.lib.http import send

log = structlog.get_logger("amazon")


def send_logged(
    http: httpx.Client,
    request: httpx.Request,
    *,
    operation: str,
    region: str = "",
    order_id: str = "",
    is_repeatable: bool,
) -> Answer:
    """Send the request and return the answer, whatever its status. Raises as `lib.http.send`."""
    started = time.monotonic()
    status: int | str = "unfinished"
    request_id = ""
    try:
        answer = read(send(http, request, repeatable=is_repeatable))
        status, request_id = answer.status, answer.request_id
        return answer
    except RemoteError as error:
        status = error.code
        raise
    finally:
        log.info(
            "amazon.called",
            operation=operation,
            status=status,
            request_id=request_id,
            duration_ms=round((time.monotonic() - started) * 1000),
            region=region,
            order_id=order_id,
        )
