"""Forms of the settings pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Member
from packbench.carriers.models import Warehouse
from packbench.carriers.settling import ShipFrom
from packbench.web.forms.fields import CountryField, postal_problem


class ShipFromForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("How you call this place, such as Main bench.")
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=60,
        help_text=_("The sender, as it stands on the label."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    line1 = forms.CharField(
        label=_("Street and number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    line2 = forms.CharField(
        label=_("Address line 2"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("City"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    state = forms.CharField(
        label=_("State or region"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    country = CountryField(widget=forms.Select(attrs={"autocomplete": "country"}))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("country"):
            problem = postal_problem(given["country"], given.get("postal_code", ""))
            if problem:
                self.add_error("postal_code", problem)
        return given

    def ship_from(self) -> ShipFrom:
        return ShipFrom(**self.cleaned_data)

    @staticmethod
    def values_of(warehouse: Warehouse) -> dict[str, str]:
        return {name: getattr(warehouse, name) for name in ShipFromForm.base_fields}


class WorkspaceForm(forms.Form):
    name = forms.CharField(label=_("Workspace"), max_length=100)


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=Member.Role.choices, initial=Member.Role.PACKER
    )
