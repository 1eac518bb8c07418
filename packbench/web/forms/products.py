"""Forms of products: their weights, what customs and the shelf need, tables of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.lib.errors import Rejected
from packbench.products.describing import MOST_G, read_field, show_field
from packbench.products.models import Product
from packbench.web import saying
from packbench.web.forms.fields import CountryField, UploadField

AMAZON_KNOWS = ("weight_g", "length_mm", "width_mm", "height_mm")


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


class ProductField(forms.CharField):
    """A field of a product, read and checked where products are described."""

    def __init__(self, name: str, **options: Any) -> None:
        self.name = name
        column: Any = Product._meta.get_field(name)
        options.setdefault("label", column.verbose_name)
        options.setdefault("max_length", 200)
        options.setdefault("required", False)
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        try:
            return read_field(self.name, super().clean(value))
        except Rejected as error:
            raise forms.ValidationError(saying.say(error.sentence), code=error.code) from None


def _number() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class ProductForm(forms.Form):
    """All that a person may enter of one product; what is emptied is forgotten."""

    weight_g = ProductField("weight_g", label=_("Weight with its packaging (g)"), widget=_number())
    length_mm = ProductField("length_mm", widget=_number())
    width_mm = ProductField("width_mm", widget=_number())
    height_mm = ProductField("height_mm", widget=_number())
    hs_code = ProductField("hs_code", help_text=_("6 to 12 digits."))
    country_of_origin = CountryField(label=_("Country of origin"), required=False)
    customs_description = ProductField(
        "customs_description", help_text=_("What it is, for customs: “Enamel mug”.")
    )
    customs_value = ProductField("customs_value", help_text=_("Of one piece."))
    customs_currency = ProductField("customs_currency")
    storage_bin = ProductField("storage_bin", help_text=_("Where it lies on the shelf: “A-03-2”."))
    tags = ProductField("tags", help_text=_("Separated by commas."), max_length=900)
    is_dangerous = forms.BooleanField(
        label=_("Dangerous goods"),
        required=False,
        help_text=_("Batteries, flammable liquids and the like."),
    )

    def __init__(self, product: Product, data: Any = None) -> None:
        shown: dict[str, Any] = {
            name: show_field(name, getattr(product, name)) for name in self.base_fields
        }
        initial = {**shown, "is_dangerous": product.is_dangerous}
        super().__init__(data, initial=initial)
        for name in AMAZON_KNOWS:  # what counts where nothing is entered
            amazons = getattr(product, f"amazon_{name}")
            self.fields[name].widget.attrs["placeholder"] = "" if amazons is None else amazons


class BulkForm(forms.Form):
    """What ticked products get; an empty field leaves theirs alone."""

    product = forms.MultipleChoiceField(
        error_messages={"required": _("Tick the products to change.")}
    )
    weight_g = ProductField("weight_g", label=_("Weight (g)"), widget=_number())
    hs_code = ProductField("hs_code")
    country_of_origin = CountryField(label=_("Country of origin"), required=False)
    storage_bin = ProductField("storage_bin")
    tags = ProductField("tags", max_length=900)

    def __init__(self, ticked: list[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["product"]
        field.choices = [(pk, pk) for pk in ticked if pk.isprintable()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.changes(cleaned):
            raise forms.ValidationError(_("Enter what the ticked products shall get."))
        return cleaned

    @staticmethod
    def changes(cleaned: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in cleaned.items() if name != "product" and value}


class ProductsFileForm(forms.Form):
    table = UploadField(
        label=_("Table of products (CSV)"),
        allow_empty_file=True,
        help_text=_("With the column sku and those that shall change, such as weight_g."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
