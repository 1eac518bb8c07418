"""Forms of the page Personal data."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.lib.sentences import Sentence
from packbench.orders.expiring import NAMES, POLICY, Reason, rules_of
from packbench.orders.retaining import NOT_ALLOWED
from packbench.privacy.models import MOST_DAYS, Retention
from packbench.web.saying import say

LABELS: dict[str, Any] = {
    "not_shipped_days": _("Not shipped here: days after the import"),
    "delivered_days": _("Tracked: days after the delivery"),
    "shipped_days": _("Tracked: days after the ship date"),
    "labeled_days": _("Tracked: days after the label"),
    "untracked_days": _("Not tracked: days after the shipment was created"),
    "backup_days": _("Days that your backups live"),
}
WHY = (
    ("buyer", _("The buyer asked for it")),
    ("amazon", _("Amazon asked for it")),
    ("needless", _("It is not needed any more")),
)


class RetentionForm(forms.Form):
    """Whole days, each within the policy."""

    def __init__(self, retention: Retention, data: Any = None) -> None:
        initial = {name: getattr(retention, name) for name in MOST_DAYS}
        super().__init__(data, initial=initial)
        self.rules = rules_of(retention)
        for name, most in MOST_DAYS.items():
            self.fields[name] = _days_field(name, most)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each rule with its field, what the policy allows and what is in force."""
        for name in NAMES:
            yield {
                "field": self[f"{name}_days"],
                "policy": getattr(POLICY, name).days,
                "in_force": getattr(self.rules, name).days,
                "rule": Reason(name).label,
            }


def _days_field(name: str, most: int) -> forms.IntegerField:
    least = 0 if name == "backup_days" else 1
    said = say(Sentence(NOT_ALLOWED, {"least": str(least), "most": str(most)}))
    return forms.IntegerField(
        label=LABELS[name],
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), said),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input small days"}),
    )


class EraseForm(forms.Form):
    """Why, and that the person means it."""

    why = forms.ChoiceField(label=_("Why?"), choices=WHY)
    is_meant = forms.BooleanField(
        label=_("Erase it for good. Nobody here can bring it back."),
        error_messages={"required": _("Tick the box to erase the data.")},
    )
