"""Carriers as Amazon spells them, and what their tracking numbers look like (`spapi.md` §6.8–6.9).

The facts are in `carrier_codes.json`, with the day they were put together. Amazon's own list is not
public; shapes are wide on purpose: a number that none of them fits is a typing error, or new.
"""

import re
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

OTHER = "Other"
_BETWEEN = re.compile(r"[\s.\-/]+")


class CarrierCode(msgspec.Struct, frozen=True):
    """One carrier. `names` are what it and brokers call it besides.

    `numbers` are regular expressions for a number without blanks and dashes; without them any
    number will do.
    """

    code: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    example: str = ""


class Source(msgspec.Struct, frozen=True):
    name: str
    url: str


class _File(msgspec.Struct, frozen=True):
    as_of: date
    note: str
    sources: tuple[Source, ...]
    carriers: tuple[CarrierCode, ...]


def code_of(name: str) -> str:
    """Amazon's code of a carrier, however it is written; empty where Amazon knows none."""
    return _by_name().get(_folded(name), "")


def fits(code: str, number: str) -> bool:
    """Whether the tracking number can be one of the carrier's."""
    carrier = _by_code().get(code)
    if carrier is None or not carrier.numbers:
        return True
    compact = _BETWEEN.sub("", number).upper()
    return any(re.fullmatch(shape, compact) for shape in carrier.numbers)


def example_of(code: str) -> str:
    """A number as the carrier's look; empty where any will do."""
    carrier = _by_code().get(code)
    return carrier.example if carrier else ""


def codes() -> tuple[str, ...]:
    """All of Amazon's codes that are known here."""
    return tuple(_by_code())


@cache
def file() -> _File:
    content = Path(__file__).with_name("carrier_codes.json").read_bytes()
    return msgspec.json.decode(content, type=_File)


@cache
def _by_code() -> dict[str, CarrierCode]:
    return {carrier.code: carrier for carrier in file().carriers}


@cache
def _by_name() -> dict[str, str]:
    others = {_folded(name): each.code for each in file().carriers for name in each.names}
    return others | {_folded(each.code): each.code for each in file().carriers}


def _folded(name: str) -> str:
    return "".join(name.casefold().split())
