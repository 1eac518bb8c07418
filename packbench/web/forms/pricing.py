"""Forms of own prices: each adds one row of the table."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.carriers.rate_table import EXPRESS, PART_WORDS, STANDARD, Extra, RateTable, Zone
from packbench.web.forms.fields import UploadField

SERVICE_WORDS = {STANDARD: _("Standard"), EXPRESS: _("Express")}
ZONE_WORDS = {
    Zone.HOME: _("At home"),
    Zone.EU: _("European Union"),
    Zone.REST: _("Rest of the world"),
}
DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


def zone_word(name: str) -> str:
    """What a zone is called: ours by their words, own ones as they are."""
    return str(ZONE_WORDS.get(Zone(name), name)) if name in tuple(Zone) else name


class RowForm(forms.Form):
    """One row of the table; `kind` is the word of the column “row”."""

    kind = ""

    def __init__(self, table: RateTable, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = [(zone.name, zone.name) for zone in table.zones]
        self.zones = [*own, *((each.value, str(word)) for each, word in ZONE_WORDS.items())]
        self.fill(table)

    def fill(self, table: RateTable) -> None:
        """Give the fields what only the table knows."""

    def row(self) -> dict[str, str]:
        given = self.cleaned_data
        return {"row": self.kind, **{name: given[name] or "" for name in self.fields}}


class PriceForm(RowForm):
    kind = "price"
    prefix = "price"
    service = forms.ChoiceField(label=_("Service"), choices=list(SERVICE_WORDS.items()))
    zone = forms.ChoiceField(label=_("Zone"))
    up_to_g = forms.CharField(
        label=_("Up to (g)"), max_length=9, widget=forms.TextInput(attrs=NUMBER)
    )
    price = forms.CharField(label=_("Price"), max_length=12, widget=forms.TextInput(attrs=DECIMAL))
    currency = forms.CharField(label=_("Currency"), max_length=3)

    def fill(self, table: RateTable) -> None:
        self.fields["zone"] = forms.ChoiceField(label=_("Zone"), choices=self.zones)
        self.fields["currency"].initial = table.currency


class ZoneForm(RowForm):
    kind = "zone"
    prefix = "zone"
    zone = forms.CharField(
        label=_("Name"), max_length=30, help_text=_("Such as islands: small letters and digits.")
    )
    countries = forms.CharField(
        label=_("Countries"), max_length=400, help_text=_("Two letters each, such as ES PT.")
    )
    postal_codes = forms.CharField(
        label=_("Postal codes"),
        max_length=2000,
        required=False,
        help_text=_("Beginnings or ranges, such as 07 35 20100-20199. Empty: all of the country."),
    )


class SurchargeForm(RowForm):
    prefix = "surcharge"
    kind_of = forms.ChoiceField(label=_("What for"))
    price = forms.CharField(
        label=_("Amount"), max_length=12, required=False, widget=forms.TextInput(attrs=DECIMAL)
    )
    percent = forms.CharField(
        label=_("Percent"), max_length=12, required=False, widget=forms.TextInput(attrs=DECIMAL)
    )
    zone = forms.ChoiceField(label=_("Only in the zone"), required=False)
    service = forms.ChoiceField(label=_("Only with the service"), required=False)
    over_mm = forms.CharField(
        label=_("Above (mm)"),
        max_length=6,
        required=False,
        widget=forms.TextInput(attrs=NUMBER),
        help_text=_("Oversize only: of the longest side."),
    )

    def fill(self, table: RateTable) -> None:
        kinds = [(each.value, gettext(PART_WORDS[each])) for each in Extra]
        services = [(code, str(word)) for code, word in SERVICE_WORDS.items()]
        everywhere = ("", gettext("Anywhere"))
        self.fields["kind_of"] = _choice(_("What for"), kinds)
        self.fields["zone"] = _choice(_("Only in the zone"), [everywhere, *self.zones])
        both = ("", gettext("Any service"))
        self.fields["service"] = _choice(_("Only with the service"), [both, *services])

    def row(self) -> dict[str, str]:
        row = super().row()
        return {**row, "row": row.pop("kind_of")}


class PricesFileForm(forms.Form):
    file = UploadField(
        label=_("File of prices"),
        help_text=_("A CSV as you download it here. It takes the place of all prices."),
        error_messages={"required": _("Choose a file of prices.")},
    )


FORMS: Mapping[str, type[RowForm]] = {
    "price": PriceForm,
    "zone": ZoneForm,
    "surcharge": SurchargeForm,
}


def _choice(label: Any, choices: Iterable[tuple[str, str]]) -> forms.ChoiceField:
    found = list(choices)
    return forms.ChoiceField(label=label, choices=found, required=bool(found and found[0][0]))
