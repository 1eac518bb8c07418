"""Website authorization: Seller Central asks the seller, a code comes back (`spapi.md` §2.2)."""

from urllib.parse import urlencode

import httpx

from packbench.channels.base import Grant, Places
from packbench.connectors.amazon.lwa import fetch_refresh_token
from packbench.connectors.amazon.marketplaces import Endpoints, Marketplace


def places(marketplace: Marketplace, endpoints: Endpoints) -> Places:
    """Return the pages to visit while connecting, in the seller's own Seller Central."""
    central = endpoints.seller_central_of(marketplace)
    return Places(
        portal=endpoints.portal,
        develop_apps=f"{central}/sellingpartner/developerconsole",
        manage_apps=f"{central}/apps/manage",
        seller_id=f"{central}/sw/AccountInfo/MerchantToken/step/MerchantToken",
    )


def listing_url(
    marketplace: Marketplace, endpoints: Endpoints, *, sku: str, asin: str, product_type: str
) -> str:
    """Return where the seller edits the listing, its package weight among it (SEED-57)."""
    named = {
        "marketplaceID": marketplace.id,
        "sku": sku,
        "asin": asin,
        "productType": product_type,
    }
    query = urlencode({key: value for key, value in named.items() if value})
    return f"{endpoints.seller_central_of(marketplace)}/abis/listing/edit?{query}"


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
