"""How the registry opens Amazon Buy Shipping: as the seller account that the label is for."""

from packbench.carriers.base import Opening
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.opening import open_client
from packbench.connectors.amazon.shipping.carrier import AmazonShipping
from packbench.lib.errors import BadCredentials
from packbench.lib.sentences import marked

NO_ACCOUNT = marked("Choose the seller account whose orders the labels are for.")


def open_carrier(opening: Opening) -> AmazonShipping:
    """Return the carrier. Raises BadCredentials without a seller account."""
    return AmazonShipping(seller_client(opening))


def seller_client(opening: Opening) -> AmazonClient:
    if opening.credentials is None or opening.buckets is None:
        raise BadCredentials(NO_ACCOUNT, code="no_seller_account")
    return open_client(
        opening.credentials, buckets=opening.buckets, sandbox_url=opening.sandbox_url or None
    )
