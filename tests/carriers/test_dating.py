"""Dating: cut-offs, weekends, holidays, and the days when clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from packbench.carriers.dating import departs_at, last_cutoff_before, makes
from packbench.carriers.models import Warehouse

FRIDAY = date(2026, 11, 20)


def warehouse(**changes):
    values = {
        "time_zone": "Europe/Madrid",
        "cutoff_at": time(16, 0),
        "pickup_days": [0, 1, 2, 3, 4],
        "holidays": [],
    }
    return Warehouse(**{**values, **changes})


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (at(FRIDAY, 14, 59), at(FRIDAY, 15)),
        (at(FRIDAY, 15), at(FRIDAY, 15)),
        (at(FRIDAY, 15, 1), at(FRIDAY + timedelta(days=3), 15)),
        (at(FRIDAY + timedelta(days=1), 9), at(FRIDAY + timedelta(days=3), 15)),
    ],
    ids=["before", "at the cut-off", "after it", "on a Saturday"],
)
def test_a_parcel_leaves_with_the_next_pick_up_it_can_still_make(now, leaves):
    assert departs_at(warehouse(), now) == leaves


def test_a_holiday_is_no_pick_up_day():
    closed = warehouse(holidays=[FRIDAY, FRIDAY + timedelta(days=3)])

    assert departs_at(closed, at(FRIDAY, 9)) == at(FRIDAY + timedelta(days=4), 15)


def test_the_cut_off_is_the_clocks_on_the_wall_when_it_changes():
    sunday = warehouse(pickup_days=[6])

    assert departs_at(sunday, at(date(2026, 10, 24), 23)) == at(date(2026, 10, 25), 15)
    assert departs_at(sunday, at(date(2026, 10, 17), 23)) == at(date(2026, 10, 18), 14)


def test_without_a_cut_off_the_day_ends_at_midnight_where_the_parcel_is():
    open_late = warehouse(cutoff_at=None)

    assert departs_at(open_late, at(FRIDAY, 22, 59)).date() == FRIDAY
    assert departs_at(open_late, at(FRIDAY, 23, 1)).date() == FRIDAY + timedelta(days=3)


def test_a_calendar_without_pick_ups_holds_nothing_up():
    now = at(FRIDAY, 9)

    assert departs_at(warehouse(pickup_days=[]), now) == now


def test_what_leaves_after_the_ship_by_time_does_not_make_it():
    tonight = at(FRIDAY, 22, 59)

    assert makes(warehouse(), tonight, at(FRIDAY, 14))
    assert not makes(warehouse(), tonight, at(FRIDAY, 16))
    assert makes(warehouse(), None, at(FRIDAY, 16))


def test_the_last_pick_up_that_keeps_a_weekends_ship_by_is_fridays():
    sunday = at(FRIDAY + timedelta(days=2), 22)

    assert last_cutoff_before(warehouse(), sunday) == at(FRIDAY, 15)
    assert last_cutoff_before(warehouse(pickup_days=[]), sunday) is None
