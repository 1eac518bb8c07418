"""What Amazon demands of a seller's shipping, by country and as of a day (`market.md` E2).

The facts are in `health_targets.json`. They change several times a year: who runs the desk may put
a file of the same form beside it (`PACKBENCH_HEALTH_TARGETS`), which then counts instead.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path

import msgspec

OURS = Path(__file__).with_name("health_targets.json")
EVERYWHERE = "*"


class Rate(StrEnum):
    """What Amazon measures; each is a share of orders or parcels, in percent."""

    LATE_SHIPMENT = "late_shipment"  # told after the ship-by time
    CANCELLATION = "cancellation"  # by the seller, before shipping
    VALID_TRACKING = "valid_tracking"  # seen by the carrier, under its own name
    ON_TIME_DELIVERY = "on_time_delivery"


class Source(msgspec.Struct, frozen=True):
    name: str
    url: str


class Target(msgspec.Struct, frozen=True):
    """One demand: `limit` in percent, at most or at least, over the last `days`.

    Without a limit the rate is shown and not judged. The window ends `delay_days` ago. `also_days`
    is a second, shorter window with the same limit.
    """

    rate: Rate
    countries: tuple[str, ...]
    days: int
    is_most: bool
    limit: float | None = None
    delay_days: int = 0
    also_days: int | None = None

    def is_met(self, percent: float) -> bool:
        if self.limit is None:
            return True
        return percent <= self.limit if self.is_most else percent >= self.limit


class Targets(msgspec.Struct, frozen=True):
    as_of: date
    sources: tuple[Source, ...]
    targets: tuple[Target, ...]

    def of(self, country: str) -> dict[Rate, Target]:
        """The demands in a country: its own before those of everywhere."""
        found: dict[Rate, Target] = {}
        for wanted in (EVERYWHERE, country):
            found |= {each.rate: each for each in self.targets if wanted in each.countries}
        return found


class BadTargets(Exception):
    """The file of the operator cannot be read; the sentence says where."""


def read_targets(own: Path | None = None) -> Targets:
    """The targets of the operator's file where there is one, else ours. Raises BadTargets."""
    if own is None or not own.is_file():
        return _read(OURS)
    try:
        return _read(own)
    except (OSError, msgspec.DecodeError) as error:
        raise BadTargets(str(error)) from error


def _read(path: Path) -> Targets:
    return msgspec.json.decode(path.read_bytes(), type=Targets)
