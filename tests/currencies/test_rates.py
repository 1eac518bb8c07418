"""Amounts in another currency: by the rate of the day, never in the place of the true one."""

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.currencies.converting import Converted, Wanted, convert_all
from packbench.currencies.keeping import (
    choose_currency,
    display_currency,
    enter_rate,
    import_rates,
    remove_rate,
)
from packbench.currencies.models import ExchangeRate
from packbench.currencies.reading import read_rates
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.lib.money import Money, digits, rounded
from packbench.web import saying
from packbench.web.converting import converted_orders, converted_words, rate_words, totals_of
from tests.making import JP, NOW, make_account, make_order, make_store, make_workspace

DAY = date(2026, 11, 20)
HISTORY = (
    b"Date,USD,JPY,BGN,\n"
    b"2026-11-20,1.0867,163.06,N/A,\n"
    b"2026-11-19,1.0900,162.00,1.9558,\n"
    b"2019-01-02,1.1397,124.20,1.9558,\n"
)


def eur(amount):
    return Money(Decimal(amount), "EUR")


def usd(amount):
    return Money(Decimal(amount), "USD")


def convert(workspace, money, day=DAY, target="USD"):
    wanted = Wanted(money, day)
    return convert_all(workspace, target, [wanted]).get(wanted)


@pytest.fixture
def workspace(db):
    return make_workspace()


def test_the_banks_history_is_kept_without_what_nobody_needs_any_more(workspace):
    done = import_rates(workspace, HISTORY, actor="ines", now=NOW)

    assert (done.found, done.changed, done.too_old) == (8, 5, 3)
    assert (done.first, done.last) == (date(2026, 11, 19), DAY)
    assert set(ExchangeRate.objects.values_list("origin", flat=True)) == {"ecb"}
    assert Event.objects.get(name="rates.imported").data == {"count": 5}


def test_the_same_file_again_changes_nothing_and_a_corrected_one_replaces(workspace):
    import_rates(workspace, HISTORY, actor="ines", now=NOW)

    again = import_rates(workspace, HISTORY, actor="ines", now=NOW)
    corrected = import_rates(workspace, HISTORY.replace(b"1.0867", b"1.1"), actor="i", now=NOW)

    assert (again.changed, corrected.changed) == (0, 1)
    assert convert(workspace, eur(10)).money == usd("11.00")


def test_the_bank_gives_its_file_zipped(workspace):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("eurofxref-hist.csv", HISTORY)

    assert import_rates(workspace, packed.getvalue(), actor="ines", now=NOW).changed == 5


def test_one_rate_a_line_with_commas_or_as_a_spreadsheet_writes_it(workspace):
    plain = b"date,from,to,rate\n2026-11-20,aed,EUR,0.2501\n\n"
    sheet = "Date;From;To;Rate\n2026-11-20;SAR;EUR;0,2450\n".encode("utf-8-sig")

    for content in (plain, sheet):
        import_rates(workspace, content, actor="ines", now=NOW)

    rates = dict(ExchangeRate.objects.values_list("base", "rate"))
    assert rates == {"AED": Decimal("0.2501"), "SAR": Decimal("0.2450")}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"order-id\tsku\n1\t2\n",
        b"\xff\xfe\x00",
        b"PK\x03\x04 broken",
        b"date,from,to,rate\n2026-13-40,EUR,USD,1\n",
        b"date,from,to,rate\n2026-11-20,EUR,EUR,1\n",
        b"date,from,to,rate\n2026-11-20,EUR,USD,0\n",
        b"date,from,to,rate\n2026-11-20,EUR,USD,-1\n",
        b"date,from,to,rate\n2026-11-20,EUR,USD,NaN\n",
        b"date,from,to,rate\n2026-11-20,EURO,USD,1\n",
        b"date,from,to,rate\n2026-11-20,EUR\n",
        b"Date,USD,\nyesterday,1.1,\n",
    ],
)
def test_what_is_no_file_of_rates_changes_nothing_and_says_what_to_do(workspace, content):
    with pytest.raises(Rejected) as refusal:
        import_rates(workspace, content, actor="ines", now=NOW)

    assert str(refusal.value)
    assert not ExchangeRate.objects.exists()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_file_is_read_or_refused(content):
    for text in (content, b"date,from,to,rate\n" + content, b"Date,USD,\n" + content):
        try:
            rates = read_rates(text).rates
        except Rejected:
            continue
        assert all(rate.rate > 0 and rate.base != rate.currency for rate in rates)


def archive_of(method, content=b"date,from,to,rate\n2026-11-20,EUR,USD,1.1\n"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("rates.csv", content)
    return packed.getvalue()


def test_a_damaged_or_oddly_packed_archive_is_refused_with_a_sentence(workspace):
    whole = archive_of(zipfile.ZIP_DEFLATED)
    start = whole.index(b"rates.csv") + len("rates.csv")
    damaged = whole[:start] + b"\xff" * 8 + whole[start + 8 :]

    for content in (damaged, archive_of(zipfile.ZIP_LZMA), archive_of(zipfile.ZIP_BZIP2)):
        with pytest.raises(Rejected):
            import_rates(workspace, content, actor="ines", now=NOW)


def test_a_small_archive_that_unpacks_to_much_is_refused(workspace):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rates.csv", b"0" * (17 * 1024 * 1024))

    with pytest.raises(Rejected):
        import_rates(workspace, packed.getvalue(), actor="ines", now=NOW)


def test_the_rate_of_the_day_counts_or_the_last_before_it_with_its_date(workspace):
    import_rates(workspace, HISTORY, actor="ines", now=NOW)

    on_the_day = convert(workspace, eur(100), DAY)
    on_sunday = convert(workspace, eur(100), DAY + timedelta(days=2))
    the_day_before = convert(workspace, eur(100), DAY - timedelta(days=1))

    assert (on_the_day.money, on_the_day.rate_on) == (usd("108.67"), DAY)
    assert (on_sunday.money, on_sunday.rate_on) == (usd("108.67"), DAY)
    assert (the_day_before.money, the_day_before.rate_on) == (
        usd("109.00"),
        DAY - timedelta(days=1),
    )


def test_before_the_first_rate_nothing_is_made_up(workspace):
    import_rates(workspace, HISTORY, actor="ines", now=NOW)

    assert convert(workspace, eur(100), date(2026, 11, 18)) is None
    assert convert(workspace, Money(Decimal(5), "SEK")) is None


def test_a_pair_serves_both_ways_and_over_a_third_currency(workspace):
    import_rates(workspace, HISTORY, actor="ines", now=NOW)
    enter_rate(workspace, "2026-11-18", "AED", "USD", "0.2723", actor="ines", now=NOW)

    back = convert(workspace, usd("108.67"), target="EUR")
    across = convert(workspace, Money(Decimal(16306), "JPY"), target="USD")
    by_hand = convert(workspace, Money(Decimal(100), "AED"), target="EUR")

    assert back.money == eur("100.00")
    assert across.money == usd("108.67")
    assert (by_hand.money, by_hand.rate_on) == (eur("25.06"), date(2026, 11, 18))


def test_of_several_ways_the_newest_rate_counts(workspace):
    import_rates(workspace, HISTORY, actor="ines", now=NOW)
    enter_rate(workspace, "2026-11-01", "JPY", "USD", "0.5", actor="ines", now=NOW)

    assert convert(workspace, Money(Decimal(16306), "JPY")).money == usd("108.67")

    enter_rate(workspace, "2026-11-20", "JPY", "USD", "0.5", actor="ines", now=NOW)
    assert convert(workspace, Money(Decimal(100), "JPY")).money == usd("50.00")


def test_a_rate_of_another_workspace_is_none_of_ours(workspace):
    import_rates(make_workspace("Elsewhere"), HISTORY, actor="otto", now=NOW)

    assert convert(workspace, eur(1)) is None


def test_a_removed_rate_is_gone(workspace):
    enter_rate(workspace, "2026-11-20", "EUR", "USD", "1.1", actor="ines", now=NOW)

    remove_rate(ExchangeRate.objects.get(), actor="ines", now=NOW)

    assert convert(workspace, eur(1)) is None


@pytest.mark.parametrize(("code", "most"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3)])
def test_amounts_have_the_decimals_of_their_currency(code, most):
    assert digits(code) == most
    assert -rounded(Money(Decimal("12.3456"), code)).amount.as_tuple().exponent == most


def test_yen_are_shown_without_decimals_and_dinars_with_three():
    assert saying.money(Decimal("1299.4"), "JPY") == "¥1,299"
    assert saying.money(Decimal("1.2"), "KWD") == "1.200\u00a0KWD"


# Orders.


def make_orders(workspace):
    account = make_account(workspace)
    spanish = make_order(make_store(account), total=eur("100.00"), external_id="1")
    far_east = make_account(workspace, region="fe", seller_id="JPSELLER", marketplace_ids=(JP,))
    tokyo = make_store(far_east, JP, name="Amazon JP")
    # 23:30 UTC of the 19th is the 20th in Tokyo.
    placed = NOW.replace(day=19, hour=23, minute=30)
    japanese = make_order(
        tokyo, total=Money(Decimal(16306), "JPY"), external_id="2", created_at=placed
    )
    return spanish, japanese


def test_orders_are_converted_by_the_day_at_their_marketplace_and_stay_as_they_are(workspace):
    orders = make_orders(workspace)
    import_rates(workspace, HISTORY, actor="ines", now=NOW)
    choose_currency(workspace, "usd", actor="ines", now=NOW)

    found = converted_orders(workspace, orders)

    assert [found[order.pk].money for order in orders] == [usd("108.67"), usd("108.67")]
    assert found[orders[1].pk].rate_on == DAY
    assert [order.total for order in orders] == [eur("100.00"), Money(Decimal(16306), "JPY")]
    assert converted_words(found[orders[0].pk]) == "≈ $108.67"
    assert rate_words(found[orders[0].pk]) == "Rate of 20 Nov 2026"


def test_without_a_chosen_currency_nothing_is_converted(workspace):
    orders = make_orders(workspace)
    import_rates(workspace, HISTORY, actor="ines", now=NOW)
    choose_currency(workspace, "USD", actor="ines", now=NOW)
    choose_currency(workspace, "", actor="ines", now=NOW)

    assert display_currency(workspace) == ""
    assert converted_orders(workspace, orders) == {}
    assert totals_of(workspace, orders).converted is None


def test_sums_stay_apart_by_currency_and_the_common_one_says_what_is_missing(workspace):
    orders = make_orders(workspace)
    lone = make_order(orders[0].store, total=Money(Decimal(7), "SEK"), external_id="3")
    import_rates(workspace, HISTORY, actor="ines", now=NOW)
    choose_currency(workspace, "EUR", actor="ines", now=NOW)

    totals = totals_of(workspace, [*orders, lone])

    assert totals.sums == {"EUR": Decimal(100), "JPY": Decimal(16306), "SEK": Decimal(7)}
    assert (totals.converted, totals.without) == (eur("200.00"), 1)


def test_an_amount_in_the_chosen_currency_needs_no_rate(workspace):
    assert convert(workspace, usd(5)) == Converted(usd(5), None)


def test_what_is_no_currency_is_refused(workspace):
    with pytest.raises(Rejected):
        choose_currency(workspace, "E1", actor="ines", now=NOW)
