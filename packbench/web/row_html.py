"""The HTML of a row of the grid.

Written in Python, not in a template: a hundred rows take a template 45 ms and this 3 ms, and the
grid is opened all day (bench/grid.py). Everything that comes from outside goes through `escape`.
"""

from collections.abc import Callable, Iterable
from html import escape

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from packbench.web.columns import FIRST, Column
from packbench.web.rows import Row, State


def rows_html(
    rows: Iterable[Row], columns: Iterable[Column], *, is_swap: bool = False
) -> SafeString:
    """The rows one after the other; `is_swap`: each to take the place of its old self.

    `columns` are those that the rows were made with.
    """
    maker = _Maker(columns, is_swap=is_swap)
    return mark_safe("".join(maker.row(row) for row in rows))  # noqa: S308  escaped below


class _Maker:
    """Holds the words and the address of the icons, which are the same for all rows."""

    def __init__(self, columns: Iterable[Column], *, is_swap: bool) -> None:
        drawn = {
            FIRST: self._order,
            "due": self._due,
            "item": self._item,
            "to": self._ship_to,
            "weight": self._weight,
            "price": self._price,
            "state": self._state_cell,
        }
        self.cells = [
            drawn[column.key] if column.say is None else self._plain(column) for column in columns
        ]
        self.icons = static("web/icons.svg")
        self.select, self.more = gettext("Select"), gettext("more")
        self.swap = ' hx-swap-oob="true"' if is_swap else ""

    def row(self, row: Row) -> str:
        cells = "".join(cell(row) for cell in self.cells)
        return (
            f'<tr id="{row.id}" class="order-row" data-grams="{row.grams}"'
            f' data-labels="{row.labels}"{self.swap}>'
            f'<td class="c-check"><input type="checkbox" name="order" value="{row.id}"'
            f' aria-label="{self.select} {escape(row.number)}" autocomplete="off"></td>'
            f"{cells}</tr>\n"
        )

    def _order(self, row: Row) -> str:
        number = escape(row.number)
        return (
            f'<td class="c-order"><a class="number" href="/orders/{row.id}">{number}</a>'
            f"<small>{_dot(row.color)}"
            f'<span class="store-mark" title="{escape(row.store)}">{row.store_code}</span>'
            f'<span class="store-name">{escape(row.store)}</span>'
            f'<span class="age">{escape(row.age)}</span>{self._marks(row)}</small></td>'
        )

    def _due(self, row: Row) -> str:
        return (
            f'<td class="c-due {row.due_kind}" title="{escape(row.due_title)}">'
            f"{self._icon(row.due_icon)}{escape(row.due)}</td>"
        )

    def _weight(self, row: Row) -> str:
        return (
            f'<td class="c-weight">{escape(row.weight) or "–"}'
            f"<small>{escape(row.service)}</small></td>"
        )

    def _price(self, row: Row) -> str:
        return f'<td class="c-price">{escape(row.price)}</td>'

    def _state_cell(self, row: Row) -> str:
        return f'<td class="c-state">{self._state(row.state)}{_notice(row.notice)}</td>'

    def _plain(self, column: Column) -> Callable[[Row], str]:
        key, word = column.key, escape(str(column.word))

        def cell(row: Row) -> str:
            value = escape(row.said[key])
            return f'<td class="c-slot" data-label="{word}" title="{value}">{value}</td>'

        return cell

    def _icon(self, name: str) -> str:
        if not name:
            return ""
        return f'<svg class="icon" aria-hidden="true"><use href="{self.icons}#{name}"></use></svg>'

    def _marks(self, row: Row) -> str:
        return "".join(
            f'<span class="mark {icon}" title="{escape(word)}">{self._icon(icon)}'
            f'<span class="visually-hidden">{escape(word)}</span></span>'
            for icon, word in row.marks
        )

    def _item(self, row: Row) -> str:
        picture = (
            f'<img src="{escape(row.image)}" alt="" loading="lazy" width="32" height="32">'
            if row.image
            else escape(row.initials)
        )
        many = " many" if row.quantity > 1 else ""
        more = ""
        if row.more > 0:
            word = f'<span class="more-word"> {self.more}</span>'
            more = f' <span class="more-items">+{row.more}{word}</span>'
        title = escape(row.title)
        return (
            f'<td class="c-item"><div class="item-cell"><span class="pic" aria-hidden="true">'
            f'{picture}</span><span class="qty{many}">{row.quantity}×</span><span class="what">'
            f'<span class="title" title="{title}">{title}</span>'
            f'<small><span class="sku">{escape(row.sku)}</span>{more}</small></span></div></td>'
        )

    def _ship_to(self, row: Row) -> str:
        name = escape(row.name)
        shown = f'<span class="name" title="{name}">{name}</span>' if name else ""
        country = f'<span class="country">{escape(row.country)}</span>' if row.country else ""
        flag = ' data-redacted="true"' if row.is_redacted else ""
        return f'<td class="c-to"{flag}>{shown}<small>{country}{escape(row.place)}</small></td>'

    def _state(self, state: State) -> str:
        if not state.icon:
            return f'<span class="ready">{escape(str(state.word))}</span>'
        return (
            f'<span class="badge {state.kind}" title="{escape(state.title)}">'
            f'{self._icon(state.icon)}<span class="word">{escape(str(state.word))}</span></span>'
        )


def _dot(color: str) -> str:
    return f'<span class="dot {color}" aria-hidden="true"></span>' if color else ""


def _notice(state: State | None) -> str:
    if state is None:
        return ""
    return (
        f'<small class="told {state.kind}" title="{escape(state.title)}">'
        f"{escape(str(state.word))}</small>"
    )
