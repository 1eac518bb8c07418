"""The form for where an order ships to, in place of the store's address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.lib.addresses import Address
from packbench.web.forms.fields import CountryField, postal_problem


def _line(label: Any, longest: int = 120, *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class AddressForm(forms.Form):
    """An address as people write it; a name or a company is needed."""

    name = _line(_("Name"))
    company = _line(_("Company"))
    line1 = _line(_("Street and number"), required=True)
    line2 = _line(_("Address line 2"))
    line3 = _line(_("Address line 3"))
    district = _line(_("District"))
    postal_code = _line(_("Postal code"), 30)
    city = _line(_("City"))
    state = _line(_("State or region"))
    country = CountryField(widget=forms.Select(attrs={"autocomplete": "off"}))
    phone = _line(_("Phone"), 60)
    instructions = _line(_("For the driver"), 500)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("name") or given.get("company")):
            self.add_error("name", _("Enter a name or a company."))
        if given.get("country"):
            problem = postal_problem(given["country"], given.get("postal_code", ""))
            if problem:
                self.add_error("postal_code", problem)
        return given

    def address(self, kind: str) -> Address:
        """The address that was entered; `kind` is what the store said of its own."""
        return Address(**self.cleaned_data, kind=kind)

    @classmethod
    def values_of(cls, place: Address | None) -> dict[str, str]:
        if place is None:
            return {}
        return {name: getattr(place, name) for name in cls.base_fields}
