"""Days off by country and region, as a warehouse's calendar takes them."""

from datetime import date

from packbench.carriers.public_holidays import public_holidays

TODAY = date(2026, 11, 22)
EPIPHANY, CHRISTMAS, GONE = date(2027, 1, 6), date(2026, 12, 25), date(2026, 10, 3)


def test_a_country_has_its_days_from_today_to_the_end_of_next_year():
    days = public_holidays("DE", "", today=TODAY)

    assert days == sorted(days)
    assert CHRISTMAS in days
    assert GONE not in days
    assert days[-1] == date(2027, 12, 25)  # the second day of Christmas is a Sunday then
    assert EPIPHANY not in days


def test_a_region_has_days_of_its_own_by_its_code_or_its_name():
    assert EPIPHANY in public_holidays("DE", "BY", today=TODAY)
    assert EPIPHANY in public_holidays("DE", " bayern ", today=TODAY)
    assert public_holidays("DE", "Atlantis", today=TODAY) == public_holidays("DE", "", today=TODAY)


def test_an_unknown_country_has_none():
    assert public_holidays("XX", "", today=TODAY) == []
    assert public_holidays("", "", today=TODAY) == []
