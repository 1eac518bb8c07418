"""How the registry opens the sandbox's carrier."""

from functools import cache

import httpx

from packbench.carriers.base import Opening
from packbench.connectors.sandbox.carrier import SandboxCarrier
from packbench.lib.errors import Unsupported
from packbench.lib.http import new_client
from packbench.lib.sentences import marked

NO_SANDBOX = marked("The test carrier needs a running sandbox: set PACKBENCH_SANDBOX_URL.")


def open_carrier(opening: Opening) -> SandboxCarrier:
    """Return the test carrier. Raises Unsupported where no sandbox is set."""
    if not opening.sandbox_url:
        raise Unsupported(NO_SANDBOX, code="no_sandbox")
    return SandboxCarrier(opening.sandbox_url, opening.settings.get("key", ""), _http())


@cache
def _http() -> httpx.Client:
    return new_client()
