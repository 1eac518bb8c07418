"""Website authorization: Seller Central asks the seller, a code comes back (`spapi.md` §2.2)."""

from urllib.parse import urlencode

import httpx

from packbench.channels.base import Grant
from packbench.connectors.amazon.lwa import fetch_refresh_token
from packbench.connectors.amazon.marketplaces import Endpoints, Marketplace


def consent_url(
    marketplace: Marketplace,
    *,
    application_id: str,
    state: str,
    redirect_uri: str,
    endpoints: Endpoints,
    is_draft: bool = False,
) -> str:
    """Return where to send the seller. A draft application answers only with `is_draft`."""
    parameters = {"application_id": application_id, "state": state, "redirect_uri": redirect_uri}
    if is_draft:
        parameters["version"] = "beta"
    base = endpoints.seller_central_of(marketplace)
    return f"{base}/apps/authorize/consent?{urlencode(parameters)}"


def exchange_code(
    code: str,
    *,
    client: tuple[str, str],
    redirect_uri: str,
    endpoints: Endpoints,
    http: httpx.Client,
) -> Grant:
    """Trade the code for the refresh token to keep. `client` is the client id and its secret.

    Raises BadCredentials where the code is used up or older than five minutes.
    """
    token = fetch_refresh_token(http, endpoints, client=client, code=code, redirect=redirect_uri)
    return Grant(refresh_token=token)
