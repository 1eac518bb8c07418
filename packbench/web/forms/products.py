"""Forms of products and their weights."""

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.orders.weighing import MOST_G
from packbench.web.forms.fields import UploadField


class WeightForm(forms.Form):
    weight_g = forms.IntegerField(
        label=_("Weight (g)"),
        min_value=1,
        max_value=MOST_G,
        error_messages={
            "required": _("Enter the weight in grams."),
            "invalid": _("Enter a whole number of grams."),
            "min_value": _("Enter 1 g or more."),
            "max_value": _("Enter at most 1,000,000 g."),
        },
    )


class BulkWeightForm(WeightForm):
    product = forms.MultipleChoiceField(
        error_messages={"required": _("Tick the products that weigh this much.")}
    )

    def __init__(self, ticked: list[str], *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        field = self.fields["product"]
        field.choices = [(pk, pk) for pk in ticked if pk.isprintable()]  # type: ignore[attr-defined]


class WeightsFileForm(forms.Form):
    weights = UploadField(
        label=_("Table of weights (CSV)"),
        allow_empty_file=True,
        help_text=_("With the columns sku and weight_g."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
