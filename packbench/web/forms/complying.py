"""The form of one category in one country."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from packbench.channels.complying import Duty, Entry
from packbench.lib.epr import Rule

EARLIEST = date(2000, 1, 1)
SAID = {"": None, "yes": True, "no": False}


class ComplianceForm(forms.Form):
    """Whether it is sold there, the number, its last day, and whether Amazon pays instead."""

    is_sold = forms.ChoiceField(
        label=_("Does this apply to you?"),
        required=False,
        choices=[("", _("As the products show")), ("yes", _("Yes")), ("no", _("No"))],
    )
    number = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}
        ),
    )
    expires_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        validators=[MinValueValidator(EARLIEST, _("Enter a year from 2000 on."))],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    is_paid_on_behalf = forms.BooleanField(label=_("Amazon pays on my behalf"), required=False)

    def __init__(self, country: str, rule: Rule, *args: Any, **options: Any) -> None:
        options["auto_id"] = f"id_{country}_{rule.category}_%s"
        super().__init__(*args, **options)
        self.fields["number"].label = rule.number
        self.fields["number"].help_text = _("Such as %(example)s") % {"example": rule.example}
        if rule.is_always:
            del self.fields["is_sold"]
        if not rule.can_pay_on_behalf:
            del self.fields["is_paid_on_behalf"]

    @classmethod
    def of(cls, duty: Duty) -> "ComplianceForm":
        """The form as it was saved."""
        said = {None: "", True: "yes", False: "no"}[duty.is_said]
        saved = duty.saved
        initial = {
            "is_sold": said,
            "number": saved.number if saved else "",
            "expires_on": saved.expires_on if saved else None,
            "is_paid_on_behalf": bool(saved and not saved.number),
        }
        return cls(duty.country, duty.rule, initial=initial)

    def entry(self) -> Entry:
        given = self.cleaned_data
        return Entry(
            is_sold=SAID[given.get("is_sold", "")],
            number=given["number"],
            expires_on=given["expires_on"],
            is_paid_on_behalf=given.get("is_paid_on_behalf", False),
        )
