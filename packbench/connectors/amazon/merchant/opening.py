"""How the registry opens Merchant Fulfillment: as the seller account that the label is for."""

from packbench.carriers.base import Opening
from packbench.connectors.amazon.merchant.carrier import MerchantFulfillment
from packbench.connectors.amazon.shipping.opening import seller_client


def open_carrier(opening: Opening) -> MerchantFulfillment:
    """Return the carrier. Raises BadCredentials without a seller account."""
    return MerchantFulfillment(seller_client(opening))
