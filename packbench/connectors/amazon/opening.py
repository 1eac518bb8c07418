"""How the registry opens Amazon: with what every call of this process shares."""

from functools import cache

import httpx

from packbench.channels.base import Buckets, Credentials, Grant, Places, QueueAccess
from packbench.connectors.amazon.authorizing import (
    consent_url,
    exchange_code,
    listing_url,
    places,
)
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.custom.fetching import AmazonCustomizations
from packbench.connectors.amazon.images import HOST, AmazonImages
from packbench.connectors.amazon.marketplaces import AMAZON, Endpoints, by_country, by_id
from packbench.connectors.amazon.sqs import SqsQueue
from packbench.lib.http import new_client


class AmazonAuthorizer:
    """Implements Authorizer at the given addresses."""

    def __init__(self, endpoints: Endpoints, http: httpx.Client) -> None:
        self._endpoints, self._http = endpoints, http

    def places(self, country: str) -> Places:
        return places(by_country(country), self._endpoints)

    def listing_url(self, marketplace_id: str, *, sku: str, asin: str, product_type: str) -> str:
        return listing_url(
            by_id(marketplace_id), self._endpoints, sku=sku, asin=asin, product_type=product_type
        )

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


def open_client(
    credentials: Credentials, *, buckets: Buckets, sandbox_url: str | None = None
) -> AmazonClient:
    """Return the bare client of one account, for Amazon's own carriers."""
    return AmazonClient(
        credentials, buckets=buckets, endpoints=_endpoints(sandbox_url), http=_http()
    )


def open_authorizer(*, sandbox_url: str | None = None) -> AmazonAuthorizer:
    return AmazonAuthorizer(_endpoints(sandbox_url), _http())


def open_queue(access: QueueAccess, *, sandbox_url: str | None = None) -> SqsQueue:
    """Return the seller's own queue of changes. Raises Rejected where the address is none."""
    return SqsQueue(access, http=_http(), sandbox_url=sandbox_url)


def open_images(*, sandbox_url: str | None = None) -> AmazonImages:
    return AmazonImages(_http(), sandbox_url or HOST)


def open_customizations(*, sandbox_url: str | None = None) -> AmazonCustomizations:
    return AmazonCustomizations(_http(), sandbox_url)


def _endpoints(sandbox_url: str | None) -> Endpoints:
    return Endpoints.at(sandbox_url) if sandbox_url else AMAZON


@cache
def _http() -> httpx.Client:
    """One keep-alive client a process; httpx's is safe over threads."""
    return new_client()
