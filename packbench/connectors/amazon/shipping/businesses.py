"""Which shipping business of Amazon serves a marketplace (x-amzn-shipping-business-id).

A wrong one brings empty rates and no error; where there is none, Merchant Fulfillment sells.
"""

from packbench.connectors.amazon.marketplaces import by_id, is_known

BUSINESSES = {
    "US": "AmazonShipping_US",
    "IN": "AmazonShipping_IN",
    "GB": "AmazonShipping_UK",
    "AE": "AmazonShipping_UAE",
    "SA": "AmazonShipping_SA",
    "EG": "AmazonShipping_EG",
    "IT": "AmazonShipping_IT",
    "ES": "AmazonShipping_ES",
    "FR": "AmazonShipping_FR",
    "JP": "AmazonShipping_JP",
}


def business_of(marketplace_id: str) -> str:
    """Return the business id of the marketplace; empty where Amazon has none."""
    if not is_known(marketplace_id):
        return ""
    country = by_id(marketplace_id).country
    return BUSINESSES.get("GB" if country == "UK" else country, "")
