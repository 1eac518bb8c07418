"""What the page of the grid shows around its rows: tabs, views, filters, sorts, columns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import number_format

from packbench.channels.models import Store
from packbench.orders.counting import CAP, values_in_use
from packbench.orders.models import SavedView, Status
from packbench.orders.slotting import SLOT_FIELDS
from packbench.orders.viewing import columns_for, views_for
from packbench.privacy.revealing import record_search
from packbench.rules.models import Tag
from packbench.web import grid
from packbench.web.choosing import LABELS, MARKS, SHOWN_SORTS, SORTS, Choice
from packbench.web.columns import NAMED, Column, all_columns, columns_of, table_class
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest
from packbench.web.people import people_of
from packbench.web.row_html import rows_html
from packbench.web.rows import order_rows
from packbench.web.saying import service_word
from packbench.web.selecting import asked_for

CHIP_ICONS = {"overdue": "late", "risk": "late", "today": "clock"}
STAYING = ("tab", "q", "s", "view", "store", "mark", "due", "label", "sort")  # beside the menu


def page_context(request: DeskRequest, choice: Choice) -> dict[str, Any]:
    """One page of rows. A search of buyers' data is written down."""
    asked = asked_for(request, choice)
    page = grid.page_of(asked)
    if page.has_looked and (page.by_buyer or not choice.after):
        record_search(
            request.workspace.pk, page.by_buyer, actor=request.member.person_id, now=asked.now
        )
    views = views_for(request.member)
    wanted = wanted_columns(request, choice, views)
    columns = _columns(request, choice, wanted)
    return {
        "choice": choice,
        "columns": columns,
        "table_class": table_class(columns, is_chosen=bool(wanted)),
        "rows_html": _rows_html(request, page.ids, columns, now=asked.now),
        "more_url": choice.url(after=page.after) if page.after else "",
        "asked": asked,
        "views": views,
    }


def changed_html(request: DeskRequest, choice: Choice, ids: Sequence[str], *, now: datetime) -> str:
    """These rows anew, each to take its old one's place."""
    views = views_for(request.member)
    columns = _columns(request, choice, wanted_columns(request, choice, views))
    return _rows_html(request, ids, columns, now=now, is_swap=True)


def wanted_columns(
    request: DeskRequest, choice: Choice, views: Sequence[SavedView]
) -> Sequence[str]:
    """The columns of the view that is open, else the member's own; none: the usual ones."""
    view = _open_view(choice, views)
    return view.columns if view and view.columns else columns_for(request.member)


def _columns(request: DeskRequest, choice: Choice, wanted: Sequence[str]) -> list[Column]:
    """A custom field is shown where some store in the list uses it."""
    stores = [store for store in stores_of(request) if store.pk in choice.store or not choice.store]
    return columns_of(wanted, all_columns(stores, request.member))


def head_context(request: DeskRequest, page: dict[str, Any]) -> dict[str, Any]:
    """The head of the grid: tabs, filters, sorts, and what the dialogs choose from."""
    choice: Choice = page["choice"]
    asked: grid.Asked = page["asked"]
    stores = {store.pk: store for store in asked.stores}
    tags, known = _tags(request), all_columns(asked.stores, request.member)
    return {
        "tabs": tabs(request, choice),
        "tags": tags,
        "view_tabs": _view_tabs(choice, page["views"]),
        "view": _open_view(choice, page["views"]),
        "chips": _chips(choice),
        "sorts": [
            {"key": key, "word": sort.word, "url": choice.url(sort=key)}
            for key, sort in SORTS.items()
            if key in SHOWN_SORTS or key == choice.sort_key
        ],
        "labels": [{"key": key, "word": word} for key, word in LABELS.items()],
        "searched": asked.text,
        "is_forgotten": bool(choice.s) and not asked.text,
        "clear_search": choice.url(q="", s=""),
        "store_chip": _store_chip(choice, stores),
        "store_choices": [
            (store, store.pk in choice.store, choice.toggled("store", store.pk))
            for store in stores.values()
        ],
        "all_stores_url": choice.url(store=()),
        "menu": _menu(request, choice, known, tags),
        "chosen_columns": _column_choices(known, page["columns"]),
        "most_matching": number_format(grid.MOST_MATCHING, force_grouping=True),
    }


def tabs(request: DeskRequest, choice: Choice) -> list[dict[str, Any]]:
    counts = grid.counts(request.workspace)
    return [
        {
            "word": tab.word,
            "url": choice.url(tab=tab.key, sort="", view=""),
            "is_here": tab.key == choice.tab and not choice.view,
            "count": counted(counts[tab.key]),
            "is_bad": tab.key == "problems" and counts[tab.key] > 0,
        }
        for tab in grid.TABS.values()
    ]


def view_tabs(request: DeskRequest, choice: Choice) -> list[dict[str, Any]]:
    return _view_tabs(choice, views_for(request.member))


def counted(count: int, cap: int = CAP) -> str:
    """The count in the reader's own digits, with a plus where counting stopped."""
    if count <= cap:
        return number_format(count, force_grouping=True)
    return f"{number_format(cap, force_grouping=True)}+"


def _rows_html(
    request: DeskRequest,
    ids: Sequence[str],
    columns: Sequence[Column],
    *,
    now: datetime,
    is_swap: bool = False,
) -> str:
    stores = {store.pk: store for store in stores_of(request)}
    names = _names(request, columns)
    shown = order_rows(request.workspace, ids, stores, request.member, columns, names, now=now)
    return rows_html(shown, columns, is_swap=is_swap)


def _names(request: DeskRequest, columns: Sequence[Column]) -> dict[str, str]:
    """The names of tags and people, where a column says them."""
    if not NAMED.intersection(column.key for column in columns):
        return {}
    return {tag.pk: tag.name for tag in _tags(request)} | people_of(request.workspace)


def _tags(request: DeskRequest) -> list[Tag]:
    return list(request.workspace.tags.order_by("name", "id"))


def _open_view(choice: Choice, views: Sequence[SavedView]) -> SavedView | None:
    return next((view for view in views if view.pk == choice.view), None)


def _view_tabs(choice: Choice, views: Sequence[SavedView]) -> list[dict[str, Any]]:
    return [
        {
            "word": view.name,
            "url": f"{Choice().url()}?{view.choice}{'&' if view.choice else ''}view={view.pk}",
            "is_here": view.pk == choice.view,
            "is_changed": view.pk == choice.view and view.choice != choice.query(view=""),
            "is_shared": not view.person_id,
        }
        for view in views
    ]


def _chips(choice: Choice) -> list[dict[str, Any]]:
    """Filters at a click: one day at a time, several marks; choosing one again takes it away."""
    days = [
        {
            "word": word,
            "icon": CHIP_ICONS.get(key, ""),
            "is_on": choice.due == key,
            "url": choice.url(due="" if choice.due == key else key),
        }
        for key, word in grid.DUE.items()
    ]
    marks = [
        {
            "word": word,
            "icon": key,
            "is_on": key in choice.mark,
            "url": choice.toggled("mark", key),
        }
        for key, (word, _icon, _condition) in MARKS.items()
    ]
    return days + marks


def _store_chip(choice: Choice, stores: dict[str, Store]) -> dict[str, Any]:
    chosen = [stores[pk] for pk in choice.store if pk in stores]
    return {
        "first": chosen[0] if chosen else None,
        "others": len(chosen) - 1,
        "all": not choice.store,
    }


def _menu(
    request: DeskRequest, choice: Choice, known: Mapping[str, Column], tags: Sequence[Tag]
) -> dict[str, Any]:
    """The filters of the menu, with the values that orders have."""
    countries, services = values_in_use(request.workspace.pk, "ship_to_country", "service_level")
    return {
        "count": choice.in_menu,
        "countries": _boxes([(each, each) for each in countries], choice.country),
        "services": _boxes([(each, service_word(each)) for each in services], choice.service),
        "tags": _boxes([(tag.pk, tag.name) for tag in tags], choice.tag),
        "people": _boxes(list(people_of(request.workspace).items()), choice.assignee),
        "statuses": _boxes(list(Status.choices), choice.status) if choice.tab == "all" else [],
        "sorts": [(key, sort.word, key == choice.sort_key) for key, sort in SORTS.items()],
        "slots": [
            (field, known[field].word, getattr(choice, field))
            for field in SLOT_FIELDS
            if field in known
        ],
        "staying": _staying(choice),
        "clear_url": choice.url(
            **dict.fromkeys(("country", "service", "status", "tag", "assignee"), ()),
            **dict.fromkeys(
                ("sku", "weight_from", "weight_to", "placed_from", "placed_to", "due_from"), ""
            ),
            **dict.fromkeys(("due_to", *SLOT_FIELDS), ""),
        ),
    }


def _boxes(values: Sequence[tuple[str, Any]], chosen: Sequence[str]) -> list[dict[str, Any]]:
    return [{"value": value, "word": word, "is_on": value in chosen} for value, word in values]


def _staying(choice: Choice) -> list[tuple[str, str]]:
    """What of the choice the menu does not change, as hidden fields."""
    kept = []
    for name in STAYING:
        value = getattr(choice, name)
        if name == "sort":
            continue  # the menu has a field of its own
        kept += [(name, each) for each in (value if isinstance(value, tuple) else (value,)) if each]
    return kept


def _column_choices(known: Mapping[str, Column], shown: Sequence[Column]) -> list[dict[str, Any]]:
    """All columns: those that are shown in their order, then the others."""
    keys = [column.key for column in shown]
    others = [key for key in known if key not in keys]
    return [
        {"key": key, "word": known[key].word, "is_on": key in keys, "is_first": place == 0}
        for place, key in enumerate([*keys, *others])
    ]
