"""The form of the cold archive."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.lib.sentences import Sentence
from packbench.orders.archiving import PURPOSES
from packbench.privacy.models import ArchivePlan
from packbench.web.forms.fields import CountryField
from packbench.web.saying import say


def _countries() -> list[tuple[str, str]]:
    """Every country, without the prompt."""
    offered: Any = CountryField().choices
    return [(code, name) for code, name in offered if code]


class ArchiveForm(forms.Form):
    recipient = forms.CharField(
        label=_("Recipient"),
        max_length=100,
        help_text=_(
            "Make it on another machine with age-keygen, keep the secret key there, and enter the "
            "public one (age1…)."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    purposes = forms.MultipleChoiceField(
        label=_("What for"),
        choices=lambda: [(code, say(Sentence(text))) for code, text in PURPOSES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    countries = forms.MultipleChoiceField(
        label=_("Parcels to"),
        choices=_countries,
        required=False,
        help_text=_("The countries whose law makes you keep it. Hold Ctrl to choose several."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def __init__(self, plan: ArchivePlan | None, data: Any = None) -> None:
        names = ("recipient", "purposes", "countries")
        known = {name: getattr(plan, name) for name in names} if plan else {}
        super().__init__(data, initial=known)
