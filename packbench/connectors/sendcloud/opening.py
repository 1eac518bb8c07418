"""How the registry opens Sendcloud, there or at the sandbox."""

import base64
from functools import cache

import httpx

from packbench.carriers.base import Opening
from packbench.connectors.calling import Rest
from packbench.connectors.sendcloud.answers import reason_of
from packbench.connectors.sendcloud.asking import MIME
from packbench.connectors.sendcloud.carrier import Sendcloud
from packbench.lib.errors import BadCredentials, Rejected
from packbench.lib.http import new_client
from packbench.lib.sentences import marked

HOST = "https://panel.sendcloud.sc/api/v3"
NO_KEYS = marked(
    "Enter the public and the secret key of your Sendcloud integration: Sendcloud, Settings, "
    "Integrations, Sendcloud API."
)
BAD_FORMAT = marked("Labels of Sendcloud come as PDF or ZPL.")


def open_carrier(opening: Opening) -> Sendcloud:
    """Return the carrier. Raises BadCredentials without keys, Rejected for another format."""
    public, secret = (opening.secrets.values.get(name, "") for name in ("public", "secret"))
    if not (public and secret):
        raise BadCredentials(NO_KEYS, code="no_key")
    format = str(opening.settings.get("format") or "pdf")
    if format not in MIME:
        raise Rejected(BAD_FORMAT, code="bad_format")
    host = f"{opening.sandbox_url}/sendcloud/api/v3" if opening.sandbox_url else HOST
    token = base64.b64encode(f"{public}:{secret}".encode()).decode()
    rest = Rest(
        "Sendcloud",
        host,
        _http(),
        headers={"authorization": f"Basic {token}"},
        reason_of=reason_of,
    )
    return Sendcloud(rest, format=format)


@cache
def _http() -> httpx.Client:
    return new_client()
