"""How the registry opens Amazon: with what every call of this process shares."""

from functools import cache

import httpx

from packbench.channels.base import Buckets, Credentials, Grant
from packbench.connectors.amazon.authorizing import consent_url, exchange_code
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.marketplaces import AMAZON, Endpoints, by_country
from packbench.lib.http import new_client


class AmazonAuthorizer:
    """Implements Authorizer at the given addresses."""

    def __init__(self, endpoints: Endpoints, http: httpx.Client) -> None:
        self._endpoints, self._http = endpoints, http

    def consent_url(
        self, *, country: str, application_id: str, state: str, redirect_uri: str, is_draft: bool
    ) -> str:
        return consent_url(
            by_country(country),
            application_id=application_id,
            state=state,
            redirect_uri=redirect_uri,
            endpoints=self._endpoints,
            is_draft=is_draft,
        )

    def exchange(
        self, *, code: str, redirect_uri: str, client_id: str, client_secret: str
    ) -> Grant:
        return exchange_code(
            code,
            client=(client_id, client_secret),
            redirect_uri=redirect_uri,
            endpoints=self._endpoints,
            http=self._http,
        )


def open_channel(
    credentials: Credentials, *, buckets: Buckets, sandbox_url: str | None = None
) -> AmazonChannel:
    """Return the channel of one account, at Amazon or at the sandbox."""
    return AmazonChannel(
        credentials, buckets=buckets, http=_http(), endpoints=_endpoints(sandbox_url)
    )


def open_authorizer(*, sandbox_url: str | None = None) -> AmazonAuthorizer:
    return AmazonAuthorizer(_endpoints(sandbox_url), _http())


def _endpoints(sandbox_url: str | None) -> Endpoints:
    return Endpoints.at(sandbox_url) if sandbox_url else AMAZON


@cache
def _http() -> httpx.Client:
    """One keep-alive client a process; httpx's is safe over threads."""
    return new_client()
