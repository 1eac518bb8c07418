"""Naming: carriers as Amazon spells them. What it knows must not go as Other (`market.md` E2)."""

from packbench.lib.carrier_codes import OTHER, code_of, codes
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NO_NAME = marked("Choose or enter the carrier: Amazon takes no parcel without one.")
LONGEST = 60
# SP-API confirmShipment carrierCode: a free text whose spelling counts for valid tracking.
KNOWN = codes()


def carrier_words(given: str) -> tuple[str, str]:
    """Amazon's carrier code and, for a carrier that it does not know, the name beside Other.

    Raises Rejected where nothing was given.
    """
    name = " ".join(given.replace("\0", "").split())[:LONGEST]
    if not name or name.casefold() == OTHER.casefold():
        raise Rejected(NO_NAME, code="carrier_missing")
    known = code_of(name)
    return (known, "") if known else (OTHER, name)
