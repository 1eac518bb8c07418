"""How the registry opens the sandbox's carrier."""

from functools import cache
from typing import Any

import httpx

from packbench.connectors.sandbox.carrier import SandboxCarrier
from packbench.lib.errors import Unsupported
from packbench.lib.http import new_client
from packbench.lib.sentences import marked

NO_SANDBOX = marked("The test carrier needs a running sandbox: set PACKBENCH_SANDBOX_URL.")


def open_carrier(settings: dict[str, Any], *, sandbox_url: str | None = None) -> SandboxCarrier:
    """Return the test carrier. Raises Unsupported where no sandbox is set."""
    if not sandbox_url:
        raise Unsupported(NO_SANDBOX, code="no_sandbox")
    return SandboxCarrier(sandbox_url, settings.get("key", ""), _http())


@cache
def _http() -> httpx.Client:
    return new_client()
