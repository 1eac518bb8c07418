"""The retention clock: each rule at its second, and a hundred thousand lives of orders."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from packbench.orders.expiring import (
    POLICY,
    Parcel,
    Reason,
    Rules,
    expiry,
    parcel_expiry,
    rules_of,
)
from packbench.privacy.models import MOST_DAYS, Retention
from packbench.shipments.erasing import LEAP, STEADY_FOR, steady_since

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LIVES = 100_000
TRACKED = Parcel(is_tracked=True, created_at=NOW, labeled_at=NOW + timedelta(seconds=7))
UNTRACKED = Parcel(is_tracked=False, created_at=NOW, labeled_at=NOW + timedelta(seconds=7))


def days(**given):
    return Retention(workspace_id="wsp_1", changed_at=NOW, **given)


def test_not_shipped_ends_14_days_after_the_import():
    assert expiry(NOW, ()) == (NOW + 14 * DAY, Reason.NOT_SHIPPED)


def test_an_untracked_parcel_ends_30_days_after_the_shipment_was_created():
    delivered = replace(UNTRACKED, delivered_at=NOW + DAY, shipped_at=NOW)

    assert expiry(NOW, [UNTRACKED]) == (NOW + 30 * DAY, Reason.UNTRACKED)
    assert expiry(NOW, [delivered]) == (NOW + 30 * DAY, Reason.UNTRACKED)


def test_a_tracked_parcel_of_which_nothing_is_known_ends_44_days_after_its_label():
    assert expiry(NOW, [TRACKED]) == (TRACKED.labeled_at + 44 * DAY, Reason.LABELED)


def test_a_tracked_parcel_ends_30_days_after_its_ship_date():
    shipped = replace(TRACKED, shipped_at=NOW + 3 * DAY)

    assert expiry(NOW, [shipped]) == (NOW + 33 * DAY, Reason.SHIPPED)


def test_a_tracked_parcel_ends_30_days_after_its_delivery():
    delivered = replace(TRACKED, delivered_at=NOW + 5 * DAY)

    assert expiry(NOW, [delivered]) == (NOW + 35 * DAY, Reason.DELIVERED)


@pytest.mark.parametrize(
    ("shipped", "delivered", "end", "reason"),
    [
        (10, 12, 40, Reason.SHIPPED),
        (13.9, 13.95, 43.9, Reason.SHIPPED),
        (15, 16, 44, Reason.LABELED),
        (None, 13, 43, Reason.DELIVERED),
        (None, 14.5, 44, Reason.LABELED),
        (6, 5, 35, Reason.DELIVERED),  # a carrier's clock that runs ahead
    ],
)
def test_the_earliest_of_the_three_decides(shipped, delivered, end, reason):
    parcel = Parcel(
        is_tracked=True,
        created_at=NOW,
        labeled_at=NOW,
        shipped_at=shipped and NOW + shipped * DAY,
        delivered_at=delivered and NOW + delivered * DAY,
    )

    assert parcel_expiry(parcel) == (NOW + end * DAY, reason)


def test_the_last_parcel_that_needs_the_data_decides():
    first = replace(TRACKED, shipped_at=NOW, delivered_at=NOW + DAY)
    second = replace(UNTRACKED, created_at=NOW + 9 * DAY, labeled_at=NOW + 9 * DAY)

    assert expiry(NOW, [first, second]) == (NOW + 39 * DAY, Reason.UNTRACKED)


def test_where_nobody_knows_whether_it_is_tracked_the_earliest_of_all_counts():
    unknown = replace(TRACKED, is_tracked=None)

    assert expiry(NOW, [unknown]) == (NOW + 30 * DAY, Reason.UNTRACKED)


def test_what_went_before_the_data_was_fetched_anew_does_not_count():
    again = NOW + 50 * DAY
    before = replace(UNTRACKED, labeled_at=NOW + DAY)
    draft_of_before = replace(UNTRACKED, labeled_at=again + DAY)

    assert expiry(again, [before]) == (again + 14 * DAY, Reason.NOT_SHIPPED)
    assert expiry(again, [before, draft_of_before]) == (again + 30 * DAY, Reason.UNTRACKED)


def test_a_workspace_may_keep_data_for_fewer_days():
    rules = rules_of(days(not_shipped_days=3))

    assert expiry(NOW, (), rules).at == NOW + 3 * DAY
    assert expiry(NOW, [UNTRACKED], rules).at == NOW + 30 * DAY


def test_the_backups_life_is_taken_off_the_policys_limit_not_off_ones_own_days():
    assert expiry(NOW, (), rules_of(days(backup_days=7))).at == NOW + 7 * DAY
    assert expiry(NOW, (), rules_of(days(backup_days=7, not_shipped_days=10))).at == NOW + 7 * DAY
    assert expiry(NOW, (), rules_of(days(backup_days=7, not_shipped_days=5))).at == NOW + 5 * DAY


def test_no_days_are_laxer_than_the_policy():
    assert rules_of(None) == rules_of(days()) == POLICY
    assert set(MOST_DAYS) == {f"{name}_days" for name in Rules.__slots__} | {"backup_days"}


class Life:
    """One order as chance will have it: facts in seconds, and what the guides say of them."""

    def __init__(self, chance):
        self.kept = chance.randrange(10**6)
        self.parcels = [self._parcel(chance) for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3)))]

    def _parcel(self, chance):
        created = self.kept + chance.randrange(13 * 86400)
        labeled = created + chance.randrange(600)
        shipped = chance.choice((None, labeled, labeled + chance.randrange(20 * 86400)))
        delivered = chance.choice((None, (shipped or labeled) + chance.randrange(20 * 86400)))
        return chance.random() < 0.6, created, labeled, shipped, delivered

    def end(self):
        """SEED-79 to SEED-81, said once more in seconds: when nothing needs the data any more."""
        ends = []
        for tracked, created, labeled, shipped, delivered in self.parcels:
            end = labeled + 3_801_600 if tracked else created + 2_592_000
            for seen in (shipped, delivered):
                if tracked and seen is not None and seen + 2_592_000 < end:
                    end = seen + 2_592_000
            ends.append(end)
        return max(ends) if ends else self.kept + 1_209_600

    def reckoned(self):
        def at(seconds):
            return None if seconds is None else NOW + timedelta(seconds=seconds)

        parcels = [Parcel(tracked, *map(at, facts)) for tracked, *facts in self.parcels]
        return round((expiry(at(self.kept), parcels).at - NOW).total_seconds())


def test_a_hundred_thousand_lives_end_at_the_second_that_the_guides_say():
    chance = random.Random(79)

    wrong = [life for life in (Life(chance) for _ in range(LIVES)) if life.reckoned() != life.end()]

    assert wrong == []


class Years:
    """A desk that sweeps every minute, with outages of 72 hours, and a clock that leaps."""

    def __init__(self, chance, *, leaps):
        self.outages = [(12 * number + chance.randrange(9)) * 86400 + 77 for number in range(9)]
        self.leaps = leaps  # (true second, length in seconds, by how much the clock is wrong)
        self.sweeps = list(self._sweeps())

    def is_down(self, second):
        return any(start <= second < start + 72 * 3600 for start in self.outages)

    def down_between(self, start, end):
        """Seconds without a worker."""
        return sum(
            max(0, min(end, outage + 72 * 3600) - max(start, outage)) for outage in self.outages
        )

    def error(self, second):
        return sum(by for at, length, by in self.leaps if at <= second < at + length)

    def _sweeps(self):
        """The true seconds of the sweeps that may erase, with what their clock said."""
        seen_at, since = None, None
        for second in range(0, 130 * 86400, 600):
            if self.is_down(second):
                continue
            now = NOW + timedelta(seconds=second + self.error(second))
            since = steady_since(now, seen_at=seen_at or now, since=since)
            seen_at = now
            if since is None:
                yield second, second + self.error(second)


def swept(seed, *, leaps=(), lives=12_500):
    """How early and how late data went, at worst, beyond the outage that kept it."""
    chance = random.Random(seed)
    years, early, late = Years(chance, leaps=leaps), 0, 0
    ends = sorted(Life(chance).reckoned() for _ in range(lives))
    sweeps = iter(years.sweeps)
    second, said = next(sweeps)
    for end in ends:
        while said < end:
            second, said = next(sweeps)
        early = max(early, end - second)
        late = max(late, second - end - years.down_between(end, second))
    return early, late


@pytest.mark.parametrize("seed", range(4))
def test_outages_of_72_hours_make_nothing_early_and_nothing_late_beyond_themselves(seed):
    early, late = swept(seed)

    assert early <= 0
    assert late <= 600


@pytest.mark.parametrize("by", [40 * 86400, -40 * 86400])
def test_a_clock_that_leaps_by_40_days_for_half_an_hour_erases_nothing_early(by):
    leaps = [(day * 86400, 1800, by) for day in (20, 41, 62, 83)]

    early, late = swept(5, leaps=leaps)

    assert early <= 0
    assert late <= STEADY_FOR.total_seconds() + 1800 + 600


def test_a_clock_that_is_an_hour_wrong_errs_by_that_hour_at_most():
    leaps = [(day * 86400, 7200, 3600) for day in range(15, 90, 5)]

    early, late = swept(6, leaps=leaps)

    assert early <= 3600
    assert late <= 600


def test_a_leap_is_believed_after_an_hour_and_an_outage_at_once():
    assert steady_since(NOW + LEAP, seen_at=NOW, since=None) is None
    leapt = steady_since(NOW + 40 * DAY, seen_at=NOW, since=None)
    assert leapt == NOW + 40 * DAY
    almost = leapt + STEADY_FOR - timedelta(seconds=1)
    assert steady_since(almost, seen_at=leapt, since=leapt) == leapt
    assert steady_since(leapt + STEADY_FOR, seen_at=almost, since=leapt) is None
