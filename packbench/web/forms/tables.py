"""Forms of tables: the file, its map, and a shop of one's own."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.channels.models import Store
from packbench.channels.tables import (
    GROUPS,
    LONGEST_MAP_NAME,
    MOST_BYTES,
    NEEDED,
    WORDS,
    Columns,
    Field,
    TableMap,
)
from packbench.lib.marketplaces import MARKETPLACES
from packbench.web.forms.fields import CountryField

DATE_ORDERS = [
    ("", _("Only dates that can be read in one way")),
    ("dmy", _("Day, month, year (31/12/2026)")),
    ("mdy", _("Month, day, year (12/31/2026)")),
    ("ymd", _("Year, month, day (2026-12-31)")),
]
DECIMALS = [(".", _("Point (12.90)")), (",", _("Comma (12,90)"))]
UNITS = [("g", "g"), ("kg", "kg"), ("oz", "oz"), ("lb", "lb")]
CHARSETS = [
    ("", _("Find out")),
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1252", _("Western Europe (Windows)")),
    ("cp932", _("Japanese (Shift-JIS)")),
]
DELIMITERS = [
    ("", _("Find out")),
    (",", _("Comma")),
    (";", _("Semicolon")),
    ("\t", _("Tab")),
    ("|", _("Vertical bar")),
]
CURRENCIES = sorted(
    {market.currency for market in MARKETPLACES} | {"CHF", "CZK", "DKK", "HUF", "NOK", "NZD", "RON"}
)
ZONES = sorted({market.time_zone for market in MARKETPLACES} | {"Europe/Zurich", "UTC"})


class TableForm(forms.Form):
    """A file of orders, and the shop that they are of."""

    store = forms.ChoiceField(label=_("Shop"))
    table = forms.FileField(
        label=_("File"),
        help_text=_("CSV or tab-separated, up to 20 MB and 50,000 rows. One row an item."),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty. Export the orders again."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )

    def __init__(self, shops: Iterable[Store], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["store"].choices = [(shop.pk, shop.name) for shop in shops]  # type: ignore[attr-defined]

    def clean_table(self) -> Any:
        file = self.cleaned_data["table"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 20 MB. Split it."))
        return file


class OwnShopForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the shop"), max_length=60, help_text=_("Such as Own website.")
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        help_text=_("Of prices in files that name none."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(zone, zone.replace("_", " ")) for zone in ZONES],
        help_text=_("Where its ship-by days end."),
    )


class MapForm(forms.Form):
    """How a file's columns become our fields: one select a column."""

    date_order = forms.ChoiceField(label=_("Dates"), choices=DATE_ORDERS, required=False)
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=DECIMALS)
    weight_unit = forms.ChoiceField(label=_("Weights are in"), choices=UNITS)
    charset = forms.ChoiceField(label=_("Alphabet of the file"), choices=CHARSETS, required=False)
    delimiter = forms.ChoiceField(label=_("Between columns"), choices=DELIMITERS, required=False)
    country = CountryField(label=_("Country of every row"), required=False)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    service_level = forms.CharField(label=_("Service level"), max_length=40, required=False)
    quantity = forms.IntegerField(
        label=_("Pieces of every row"), min_value=1, max_value=1_000_000, required=False
    )
    weight = forms.CharField(label=_("Weight of every order"), max_length=20, required=False)
    save_as = forms.CharField(
        label=_("Save this map as"),
        max_length=LONGEST_MAP_NAME,
        required=False,
        help_text=_("For the next file of this kind."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, columns: Columns, given: TableMap, *args: Any, **options: Any) -> None:
        fixed = {name: given.fixed.get(name, "") for name in FIXED}
        read = {name: getattr(given, name) for name in READ}
        super().__init__(*args, **{**options, "initial": {**fixed, **read}})
        self.columns = columns
        for place, header in enumerate(columns.headers):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=header,
                choices=_field_choices,
                required=False,
                initial=given.columns.get(header, ""),
                widget=forms.Select(attrs={"class": "select", "aria-label": header}),
            )

    @property
    def rows(self) -> list[tuple[str, tuple[str, ...], forms.BoundField]]:
        """Each column's header, some of its values, and the select of its field."""
        return [
            (header, self.columns.samples[place], self[f"column-{place}"])
            for place, header in enumerate(self.columns.headers)
        ]

    @property
    def needs(self) -> list[tuple[str, bool]]:
        """What an order needs, and whether a column or a fixed value gives it."""
        chosen = {
            str(self[f"column-{place}"].value()) for place in range(len(self.columns.headers))
        }
        chosen |= {name for name in FIXED if self[name].value()}
        return [(gettext(WORDS[group[0]]), not chosen.isdisjoint(group)) for group in NEEDED]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        seen: dict[str, str] = {}
        for place, header in enumerate(self.columns.headers):
            field = given.get(f"column-{place}")
            if field and field in seen:
                self.add_error(
                    f"column-{place}",
                    _("“%(other)s” is this field already.") % {"other": seen[field]},
                )
            elif field:
                seen[field] = header
        return given

    def table_map(self) -> TableMap:
        given = self.cleaned_data
        columns = {
            header: given[f"column-{place}"]
            for place, header in enumerate(self.columns.headers)
            if given[f"column-{place}"]
        }
        return TableMap(
            columns=columns,
            fixed={name: str(given[name]) for name in FIXED if given[name]},
            **{name: given[name] for name in READ},
        )


FIXED = ("country", "currency", "service_level", "quantity", "weight")
READ = ("date_order", "decimal", "weight_unit", "charset", "delimiter")


def _field_choices() -> list[Any]:
    groups = [
        (gettext(name), [(field.value, gettext(WORDS[field])) for field in fields])
        for name, fields in GROUPS
    ]
    return [("", gettext("Leave out")), *groups]


def word_of(field: str) -> str:
    """A field in the reader's language."""
    return gettext(WORDS[Field(field)])
