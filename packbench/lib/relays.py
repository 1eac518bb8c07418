"""Amazon's relays: addresses and numbers that lead to a buyer through Amazon only (SEED-48).

They serve to reach a buyer about an order; they must not be used for marketing.
"""

import re

RELAY = re.compile(r"@(?:[a-z0-9-]+\.)*marketplace\.amazon\.[a-z]{2,3}(?:\.[a-z]{2})?$")
# Amazon hands out one number for many buyers, and an extension for each.
MASKED = re.compile(r"\b(?:ext|extension|poste|durchwahl|int|x)\b\.?\s*\d{3,}\s*$", re.IGNORECASE)


def is_relay(email: str) -> bool:
    """Whether mail to this address goes through Amazon."""
    return bool(RELAY.search(canonical(email)))


def is_masked(phone: str) -> bool:
    """Whether the number is one of Amazon's, with an extension that leads to the buyer."""
    return bool(MASKED.search(phone.strip()))


def canonical(email: str) -> str:
    """The address as it is compared: no case, nothing around it."""
    return email.strip().casefold()
