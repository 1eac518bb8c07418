"""What a check of an address may find: a code each, how much it matters, and a sentence.

Findings are kept with an order as codes alone; nothing of the address goes with them.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from packbench.lib.sentences import Sentence, marked


class Severity(StrEnum):
    """How much a finding matters."""

    BLOCKS = "blocks"  # a part is missing
    DOUBTFUL = "doubtful"  # something contradicts itself, or is missing as it seems
    NOTE = "note"  # good to know


class Check(StrEnum):
    """What is looked at. A store chooses which of them keep an order from a label."""

    PARTS = "parts"
    POSTAL_CODE = "postal_code"
    STATE = "state"
    HOUSE_NUMBER = "house_number"
    POST_NUMBER = "post_number"
    PO_BOX = "po_box"
    PICKUP = "pickup"
    MILITARY = "military"
    REMOTE = "remote"
    PHONE = "phone"
    CHARACTERS = "characters"
    LENGTH = "length"


BLOCKING = (Check.PARTS, Check.POSTAL_CODE, Check.STATE, Check.HOUSE_NUMBER, Check.POST_NUMBER)
"""Which checks keep an order from a label unless its store chose others."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found."""

    code: str
    check: Check
    severity: Severity
    text: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.text, self.values)


CUSTOMS = marked(
    "%(place)s: outside the customs or VAT area of its country, so the parcel may need customs "
    "papers."
)
REMOTE = marked("%(place)s: many carriers charge more, take longer, or do not go there.")


def _missing(code: str, text: str) -> Finding:
    return Finding(code, Check.PARTS, Severity.BLOCKS, text)


def _doubt(code: str, check: Check, text: str) -> Finding:
    return Finding(code, check, Severity.DOUBTFUL, text)


def _note(code: str, check: Check, text: str) -> Finding:
    return Finding(code, check, Severity.NOTE, text)


def _region(code: str, place: str, text: str = REMOTE) -> Finding:
    return Finding(code, Check.REMOTE, Severity.NOTE, text, {"place": place})


_ALL = (
    _missing("missing_name", marked("There is no name.")),
    _missing("missing_street", marked("There is no street.")),
    _missing("missing_city", marked("There is no city, and this country needs one.")),
    _missing("missing_state", marked("There is no state or region, and this country needs one.")),
    _missing("missing_postal_code", marked("There is no postal code, and this country needs one.")),
    _missing("missing_country", marked("There is no country.")),
    _missing("unknown_country", marked("No country has this code.")),
    _doubt(
        "postal_code_malformed",
        Check.POSTAL_CODE,
        marked("The postal code is not written as in this country."),
    ),
    _doubt(
        "postal_code_not_of_state",
        Check.POSTAL_CODE,
        marked("The postal code lies in another state or region than the address says."),
    ),
    _doubt(
        "postal_code_not_of_city",
        Check.POSTAL_CODE,
        marked("The postal code lies in another city than the address says."),
    ),
    _doubt("state_unknown", Check.STATE, marked("This country has no such state or region.")),
    _doubt(
        "no_house_number", Check.HOUSE_NUMBER, marked("The street seems to lack its house number.")
    ),
    _doubt(
        "no_post_number",
        Check.POST_NUMBER,
        marked("A Packstation or Postfiliale needs the recipient's post number, 6 to 10 digits."),
    ),
    _note(
        "po_box", Check.PO_BOX, marked("A PO box: only the postal service delivers there, if any.")
    ),
    _note(
        "packstation",
        Check.PICKUP,
        marked("A Packstation or Postfiliale of DHL: no other carrier delivers there."),
    ),
    _note(
        "parcel_locker",
        Check.PICKUP,
        marked("A parcel locker or pickup point: its own carrier delivers there, others may not."),
    ),
    _note(
        "pickup_point",
        Check.PICKUP,
        marked("Amazon calls this a pickup point. The carrier may need the buyer's phone number."),
    ),
    _note(
        "military",
        Check.MILITARY,
        marked(
            "A military address: only the postal service takes it, and it needs customs papers."
        ),
    ),
    _note("phone_missing", Check.PHONE, marked("There is no phone number; carriers may ask.")),
    _note(
        "phone_invalid",
        Check.PHONE,
        marked("The phone number is none that exists in this country or, with +, in any."),
    ),
    _note(
        "hidden_characters",
        Check.CHARACTERS,
        marked("There are characters that nobody sees; labels leave them out."),
    ),
    _note(
        "not_latin",
        Check.CHARACTERS,
        marked("Not written in Latin letters: many carriers refuse such addresses."),
    ),
    _note(
        "long_lines",
        Check.LENGTH,
        marked("A line is longer than 35 characters, where many carriers cut it off."),
    ),
    _region("region_aland", marked("The Åland Islands"), CUSTOMS),
    _region("region_alaska", marked("Alaska")),
    _region("region_azores_madeira", marked("The Azores and Madeira")),
    _region("region_balearic", marked("The Balearic Islands")),
    _region("region_busingen", marked("Büsingen"), CUSTOMS),
    _region("region_canada_north", marked("Northern Canada")),
    _region("region_canary", marked("The Canary Islands"), CUSTOMS),
    _region("region_ceuta_melilla", marked("Ceuta and Melilla"), CUSTOMS),
    _region("region_channel_islands", marked("The Channel Islands"), CUSTOMS),
    _region("region_chatham", marked("The Chatham Islands")),
    _region("region_corsica", marked("Corsica")),
    _region("region_faroe_greenland", marked("Faroe and Greenland"), CUSTOMS),
    _region("region_gibraltar", marked("Gibraltar"), CUSTOMS),
    _region("region_hawaii", marked("Hawaii")),
    _region("region_heligoland", marked("Heligoland"), CUSTOMS),
    _region("region_isle_of_man", marked("The Isle of Man")),
    _region("region_islands_of_australia", marked("Islands of Australia")),
    _region("region_islands_of_tokyo", marked("The islands of Tokyo")),
    _region("region_livigno", marked("Livigno and Campione"), CUSTOMS),
    _region("region_mount_athos", marked("Mount Athos"), CUSTOMS),
    _region("region_northern_ireland", marked("Northern Ireland"), CUSTOMS),
    _region("region_okinawa", marked("Okinawa")),
    _region("region_overseas_france", marked("Overseas France"), CUSTOMS),
    _region("region_scottish_highlands", marked("The Scottish Highlands and Islands")),
    _region("region_svalbard", marked("Svalbard and Jan Mayen"), CUSTOMS),
    _region("region_us_territory", marked("A territory of the United States"), CUSTOMS),
)
FINDINGS = {finding.code: finding for finding in _ALL}


def blocking(codes: list[str], checks: list[str]) -> list[str]:
    """Which of the findings keep an order from a label, where these checks do."""
    return [code for code in codes if code in FINDINGS and FINDINGS[code].check in checks]


def is_missing(code: str) -> bool:
    """Whether the finding is a part that is not there, rather than a doubt."""
    return FINDINGS[code].severity == Severity.BLOCKS
