"""The form of an address in Latin letters."""

from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec.structs import replace

from packbench.lib.addresses import Address

FIELDS = ("name", "company", "line1", "line2", "city", "state", "instructions")
LONGEST = 100


def _text(label: Any, *, is_needed: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=LONGEST, required=is_needed, widget=widget)


class LatinForm(forms.Form):
    """An address as labels write it; the postal code, the country and the phone stay."""

    name = _text(_("Name"))
    company = _text(_("Company"))
    line1 = _text(_("Address line 1"), is_needed=True)
    line2 = _text(_("Address line 2"))
    city = _text(_("City"))
    state = _text(_("Prefecture"))
    instructions = _text(_("Delivery instructions"))

    is_guess = False

    @classmethod
    def of(cls, address: Address, *, is_guess: bool) -> Self:
        """The form filled with a proposal; empty, for a person to fill, where there is none."""
        initial = {name: getattr(address, name) for name in FIELDS} if is_guess else {}
        form = cls(initial=initial, auto_id="latin-%s")
        form.is_guess = is_guess
        return form

    def address(self, place: Address) -> Address:
        """What was entered, with what stays of the address that it stands for."""
        given = {name: self.cleaned_data[name] for name in FIELDS}
        return replace(place, **given, line3="", district="")
