"""Forms of the page Currencies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.web.forms.fields import UploadField


class DisplayForm(forms.Form):
    """The currency to show amounts in as well; empty: none."""

    currency = forms.CharField(
        label=_("Also show amounts in"),
        max_length=3,
        required=False,
        help_text=_("Three letters, such as EUR. Leave it empty to show amounts as they are only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "size": 5}),
    )


class RatesForm(forms.Form):
    file = UploadField(
        label=_("File of rates"),
        help_text=_(
            "The European Central Bank's eurofxref-hist.zip or .csv, or a CSV with the columns "
            "date, from, to, rate."
        ),
        error_messages={"required": _("Choose a file of rates.")},
    )


class RateForm(forms.Form):
    """One rate by hand."""

    on = forms.CharField(label=_("Day"), max_length=10, widget=forms.TextInput({"type": "date"}))
    base = forms.CharField(label=_("One"), max_length=3)
    rate = forms.CharField(
        label=_("is"), max_length=24, widget=forms.TextInput({"inputmode": "decimal"})
    )
    currency = forms.CharField(label=_("of"), max_length=3)
