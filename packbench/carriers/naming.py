"""Naming: carriers as Amazon spells them. What it knows must not go as Other (`market.md` E2)."""

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NO_NAME = marked("Choose or enter the carrier: Amazon takes no parcel without one.")
OTHER = "Other"
LONGEST = 60
# SP-API confirmShipment carrierCode: a free text whose spelling counts for valid tracking.
KNOWN = (
    "4PX", "Amazon Shipping", "APC Overnight", "Aramex", "Aras Kargo", "Arrow XL", "Asendia",
    "AT POST", "Australia Post", "Bartolini", "BlueDart", "BPOST", "BRT", "Canada Post",
    "China Post", "Chronopost", "CNE", "Colis Prive", "Colissimo", "Correos", "Correos Express",
    "Couriers Please", "CTT EXPRESS", "DACHSER", "DB Schenker", "Delhivery", "Deutsche Post",
    "DHL", "DHL eCommerce", "DHL Express", "DHL Freight", "DHL Global Mail", "DHL-Paket", "DPD",
    "DPD Local", "DTDC", "DX", "Ecom Express", "Emirates Post", "Envialia", "Estes", "Fastway",
    "FedEx", "FedEx SmartPost", "FERCAM", "First Mile", "France Express", "Geodis", "GLS", "GO!",
    "Heppner", "Hermes", "Hermes UK", "Hongkong Post", "India Post", "InPost", "Japan Post",
    "Jersey Post", "La Poste", "Lasership", "MNG Kargo", "Mondial Relay", "MRW", "NACEX",
    "Newgistics", "Nexive", "Ninjavan", "NipponExpress", "NITTSU", "OnTrac", "OSM", "Parcelforce",
    "Polish Post", "Poste Italiane", "PostNL", "PostNord", "PTT Kargo", "PUROLATOR", "R+L",
    "Royal Mail", "SAGAWA", "SagawaExpress", "Saia", "Schweizer Post", "SDA", "Seino",
    "Self Delivery", "Sendcloud", "SENDLE", "Seur", "SF Express", "Singapore Post", "StarTrack",
    "Sunyou", "Swiss post", "TIPSA", "TNT", "TNTIT", "Toll Global Express", "Trans-o-Flex",
    "Tuffnells", "UK MAIL", "UPS", "UPS Mail Innovations", "UPSMI", "USPS", "Whistl", "WINIT",
    "Xpressbees", "XPO", "YAMATO", "YamatoTransport", "Yanwen", "Yodel", "Yun Express", "Zeleris",
)  # fmt: skip
_BY_NAME = {"".join(name.casefold().split()): name for name in KNOWN}


def carrier_words(given: str) -> tuple[str, str]:
    """Amazon's carrier code and, for a carrier that it does not know, the name beside Other.

    Raises Rejected where nothing was given.
    """
    name = " ".join(given.replace("\0", "").split())[:LONGEST]
    if not name or name.casefold() == OTHER.casefold():
        raise Rejected(NO_NAME, code="carrier_missing")
    known = _BY_NAME.get("".join(name.casefold().split()))
    return (known, "") if known else (OTHER, name)
