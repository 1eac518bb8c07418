"""Tables that people upload: amounts and cells as they are written everywhere."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.lib.errors import Rejected
from packbench.lib.tables import read_amount, read_table


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("4.90", "4.90"), ("4,90", "4.90"), ("1,234.56", "1234.56"), ("1.234,56", "1234.56"),
     ("1 234,5", "1234.5"), ("€ 4.90", "4.90"), ("4.90 EUR", "4.90"), ("-3.20", "-3.20"),
     ("(3.20)", "-3.20"), ("3.20-", "-3.20"), ("1,234", "1234"), ("0.1234", "0.1234"), ("7", "7"),
     ("", None), ("free", None), ("1.2.3.4.5.6.7.8.9.1.2.3.4", None), ("--4", None)],
)  # fmt: skip
def test_an_amount_is_read_however_it_is_written(cell, amount):
    assert read_amount(cell) == (None if amount is None else Decimal(amount))


@given(st.decimals(-99999, 99999, places=2), st.sampled_from([",.", ".,", " ,"]))
def test_an_amount_survives_its_writing(amount, marks):
    text = f"{amount:,.2f}".translate({ord(","): marks[0], ord("."): marks[1]})

    assert read_amount(text) == amount


@given(st.text(max_size=40))
def test_any_cell_is_an_amount_or_none(cell):
    assert read_amount(cell) is None or isinstance(read_amount(cell), Decimal)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_a_table_is_read_in_its_alphabet_and_with_its_delimiter(charset, delimiter):
    lines = [["Währung", "Nr"], ["EUR", '="1Z9"'], ["", ""], ["USD", "'0012"]]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)

    header, rows = read_table(text.encode(charset), most_bytes=10**4, most_rows=5)

    assert header == ["Währung", "Nr"]
    assert [cells for _, cells in rows] == [["EUR", "1Z9"], ["USD", "0012"]]


def test_a_table_beyond_its_bounds_is_refused():
    with pytest.raises(Rejected, match="more than 2 rows"):
        read_table(b"a\n1\n2\n3\n", most_bytes=100, most_rows=2)
    with pytest.raises(Rejected, match="larger"):
        read_table(b"a\n" * 600_000, most_bytes=2**20, most_rows=2)
