"""The form of a carrier's invoice."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.shipments.invoice_file import Columns, Meaning
from packbench.shipments.invoicing import Wanted
from packbench.web.forms.fields import UploadField

MEANINGS = (
    (Meaning.TOTAL.value, _("All that each parcel costs")),
    (Meaning.ADDED.value, _("Only what is added to what was paid")),
)


def _column(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class InvoiceForm(forms.Form):
    file = UploadField(
        label=_("Invoice as CSV"),
        help_text=_("As the carrier gives it. It is read and not kept."),
        error_messages={"required": _("Choose the carrier's file.")},
    )
    meaning = forms.ChoiceField(
        label=_("Its amounts are"),
        choices=MEANINGS,
        initial=Meaning.TOTAL,
        widget=forms.RadioSelect,
    )
    invoice = forms.CharField(
        label=_("Number of the invoice"),
        max_length=40,
        required=False,
        help_text=_("Only where no column holds it."),
    )
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        required=False,
        help_text=_("Only where no column holds it."),
    )
    tracking = _column(_("Column of the tracking number"))
    amount = _column(_("Column of the amount"))
    currency_column = _column(_("Column of the currency"))
    invoice_column = _column(_("Column of the invoice number"))

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(
            columns=Columns(
                tracking=given["tracking"].strip(),
                amount=given["amount"].strip(),
                currency=given["currency_column"].strip(),
                invoice=given["invoice_column"].strip(),
            ),
            meaning=Meaning(given["meaning"]),
            invoice=given["invoice"],
            currency=given["currency"].strip().upper(),
        )


def initial_of(columns: Columns) -> dict[str, str]:
    """The columns that were chosen the last time."""
    return {
        "tracking": columns.tracking,
        "amount": columns.amount,
        "currency_column": columns.currency,
        "invoice_column": columns.invoice,
    }
