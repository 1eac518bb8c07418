"""Whether a phone number exists in its country's plan, by phonenumberslite (Google's metadata).

Most numbers are written plainly; these are held against the plan's own patterns, ten times faster
than the library parses them. Whatever does not fit at once is left to the library.
"""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

LONGEST = 40
PLAIN = re.compile(r"\+?[0-9][0-9 ()./-]{4,}", re.ASCII)
NOT_DIGIT = re.compile(r"\D+", re.ASCII)
KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of one country: how they look in general, and those that are given out."""

    code: str
    prefix: str
    general: re.Pattern[str]
    given_out: re.Pattern[str]


def is_phone(given: str, country: str) -> bool:
    """Whether the number, national or with + and any country's code, can exist."""
    text = given[:LONGEST]
    plan = _plan(country) if len(country) == 2 and country.isascii() else None
    if plan and PLAIN.fullmatch(text) and _is_in(plan, text):
        return True
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False


def _is_in(plan: Plan, text: str) -> bool:
    digits = NOT_DIGIT.sub("", text)
    if text[0] == "+":
        if not digits.startswith(plan.code):
            return False
        national = digits[len(plan.code) :]
    else:
        national = digits.removeprefix(plan.prefix)
    return bool(plan.general.fullmatch(national) and plan.given_out.fullmatch(national))


@cache
def _plan(country: str) -> Plan | None:
    found = PhoneMetadata.metadata_for_region(country, None)
    general = found.general_desc if found else None
    if found is None or general is None or not general.national_number_pattern:
        return None
    kinds = (getattr(found, kind) for kind in KINDS)
    patterns = [k.national_number_pattern for k in kinds if k and k.national_number_pattern]
    return Plan(
        code=str(found.country_code),
        prefix=found.national_prefix or "",
        general=re.compile(general.national_number_pattern),
        given_out=re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"),
    )
