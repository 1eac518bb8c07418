"""How the registry opens EasyPost, there or at the sandbox."""

import base64
from functools import cache
from urllib.parse import urlsplit

import httpx

from packbench.carriers.base import Opening
from packbench.connectors.calling import Rest
from packbench.connectors.easypost.answers import reason_of
from packbench.connectors.easypost.carrier import LABEL_HOSTS, EasyPost
from packbench.lib.errors import BadCredentials
from packbench.lib.http import new_client
from packbench.lib.sentences import marked

HOST = "https://api.easypost.com"
NO_KEY = marked("Enter the API key of your EasyPost account: EasyPost, Account settings, API keys.")


def open_carrier(opening: Opening) -> EasyPost:
    """Return the carrier. Raises BadCredentials without a key."""
    key = opening.secrets.values.get("key", "")
    if not key:
        raise BadCredentials(NO_KEY, code="no_key")
    sandbox = f"{opening.sandbox_url}/easypost" if opening.sandbox_url else ""
    token = base64.b64encode(f"{key}:".encode()).decode()
    rest = Rest(
        "EasyPost",
        sandbox or HOST,
        _http(),
        headers={"authorization": f"Basic {token}"},
        reason_of=reason_of,
    )
    hosts = (str(urlsplit(sandbox).hostname),) if sandbox else LABEL_HOSTS
    return EasyPost(rest, _http(), label_hosts=hosts)


@cache
def _http() -> httpx.Client:
    return new_client()
