"""For how long carriers take unused labels back: what is known as of a day, and by whom.

The facts are in `void_days.json`, each with its source. A seller whose carrier says something
else writes that into the account, which then counts instead.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

import msgspec
from django.db import transaction

from packbench.carriers.models import CarrierAccount
from packbench.events.recording import record
from packbench.lib.sentences import marked

OURS = Path(__file__).with_name("void_days.json")
NOTES = {
    "local": marked("Own labels cost nothing until they are used."),
    "easypost": marked(
        "USPS labels within 30 days, those of UPS and FedEx within 90. The shortest counts here."
    ),
    "sendcloud": marked(
        "What is cancelled within 42 days and was never sent is paid back with the next invoice. "
        "Some carriers take nothing back after the day itself."
    ),
}


class Source(msgspec.Struct, frozen=True):
    name: str
    url: str


class Fact(msgspec.Struct, frozen=True):
    """Days after the purchase; none: as long as nobody used the label."""

    days: int | None
    source: Source | None = None


class Facts(msgspec.Struct, frozen=True):
    """By the carrier's name in the registry; `otherwise` is assumed where nothing is known."""

    as_of: date
    otherwise: int
    carriers: Mapping[str, Fact]


class VoidDays(msgspec.Struct, frozen=True):
    """What counts for an account, in days after the purchase; none: at any time.

    `is_known` is false where nobody has said anything: then the days are a cautious guess. `note`
    is a marked sentence, or the seller's own words.
    """

    days: int | None
    as_of: date
    note: str = ""
    source: Source | None = None
    is_own: bool = False
    is_known: bool = True


def void_days_of(account: CarrierAccount) -> VoidDays:
    """For how long the account's labels are taken back: as its seller says, else as is known."""
    if account.own_void_days is not None and account.own_void_on is not None:
        return VoidDays(
            account.own_void_days, account.own_void_on, account.own_void_note, is_own=True
        )
    return known_void_days(account.carrier)


def known_void_days(carrier: str) -> VoidDays:
    """The same as Packbench knows it."""
    facts = read_facts()
    fact = facts.carriers.get(carrier)
    if fact is None:
        return VoidDays(facts.otherwise, facts.as_of, is_known=False)
    return VoidDays(fact.days, facts.as_of, NOTES.get(carrier, ""), fact.source)


@transaction.atomic
def correct_void_days(
    account: CarrierAccount, days: int | None, *, note: str = "", actor: str, now: datetime
) -> None:
    """Let the seller's own number of days count from now on; none: Packbench's again."""
    account.own_void_days = days
    account.own_void_note = "" if days is None else note
    account.own_void_on = None if days is None else now.date()
    account.save(update_fields=["own_void_days", "own_void_note", "own_void_on"])
    record("carrier.changed", account.workspace_id, actor=actor, now=now, carrier_id=account.pk)


@cache
def read_facts() -> Facts:
    """What Packbench knows."""
    return msgspec.json.decode(OURS.read_bytes(), type=Facts)
