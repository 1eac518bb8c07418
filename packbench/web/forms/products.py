"""Forms of products: their weights, what customs and the shelf need, tables of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.lib.epr import CATEGORIES
from packbench.lib.errors import Rejected
from packbench.products.describing import MOST_G, read_field, show_field
from packbench.products.models import Alias, Product
from packbench.products.ruling import Ruling
from packbench.web import saying
from packbench.web.forms.fields import CountryField, UploadField

AMAZON_KNOWS = {
    "weight_g": "amazon_weight_g",
    "length_mm": "amazon_length_mm",
    "width_mm": "amazon_width_mm",
    "height_mm": "amazon_height_mm",
    "net_weight_g": "item_weight_g",
    "own_stock": "stock_quantity",
}
BULK_FIELDS = (
    "weight_g",
    "hs_code",
    "country_of_origin",
    "customs_description",
    "customs_value",
    "customs_currency",
    "storage_bin",
    "tags",
    "own_stock",
    "is_dangerous",
    "epr_categories",
)


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


class DutiesField(forms.MultipleChoiceField):
    """Producer's duties (lib.epr), to be ticked."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        choices = [(code, _(text)) for code, text in CATEGORIES.items()]
        super().__init__(choices=choices, required=False, **options)


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
    own_stock = ProductField("own_stock", widget=_number())
    net_weight_g = ProductField("net_weight_g", widget=_number())
    net_length_mm = ProductField("net_length_mm", label=_("Length (mm)"), widget=_number())
    net_width_mm = ProductField("net_width_mm", label=_("Width (mm)"), widget=_number())
    net_height_mm = ProductField("net_height_mm", label=_("Height (mm)"), widget=_number())
    epr_categories = DutiesField(
        label=_("Producer's duties"),
        help_text=_("Nothing ticked: as its type at Amazon suggests."),
    )
    is_dangerous = forms.BooleanField(
        label=_("Dangerous goods"),
        required=False,
        help_text=_("Batteries, flammable liquids and the like."),
    )

    def __init__(self, product: Product, data: Any = None) -> None:
        shown: dict[str, Any] = {
            name: show_field(name, getattr(product, name)) for name in self.base_fields
        }
        initial = {
            **shown,
            "is_dangerous": product.is_dangerous,
            "epr_categories": product.epr_categories,
        }
        super().__init__(data, initial=initial)
        for name in AMAZON_KNOWS:  # what counts where nothing is entered
            amazons = getattr(product, AMAZON_KNOWS[name])
            self.fields[name].widget.attrs["placeholder"] = "" if amazons is None else amazons


class BulkForm(forms.Form):
    """What many products get: the fields that are chosen, to what stands in them or to nothing."""

    product = forms.MultipleChoiceField(required=False)
    every = forms.BooleanField(required=False)  # all that the list is narrowed to
    fields_chosen = forms.MultipleChoiceField(required=False)

    def __init__(self, ticked: list[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in BULK_FIELDS:
            self.fields[name] = _bulk_field(name)
        ticks: Any = self.fields["product"]
        ticks.choices = [(pk, pk) for pk in ticked if pk.isprintable()]
        chosen: Any = self.fields["fields_chosen"]
        chosen.choices = [(name, name) for name in BULK_FIELDS]

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, bool]]:
        """Each field with whether it is chosen."""
        data: Any = self.data
        chosen = data.getlist("fields_chosen") if self.is_bound else []
        return [(name, self[name], name in chosen) for name in BULK_FIELDS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("product") or cleaned.get("every")) and "product" not in self.errors:
            self.add_error("product", _("Tick the products to change."))
        if not self.errors and not self.changes(cleaned):
            raise forms.ValidationError(_("Enter what the ticked products shall get."))
        return cleaned

    @staticmethod
    def changes(cleaned: dict[str, Any]) -> dict[str, Any]:
        """What was entered, and what was chosen to be emptied."""
        chosen = cleaned.get("fields_chosen", [])
        return {
            name: cleaned[name]
            for name in BULK_FIELDS
            if name in chosen or _is_given(cleaned.get(name))
        }


def _is_given(value: Any) -> bool:
    """Nought and “no” are answers, nothing is none."""
    return value is not None and value != "" and value != []


def _bulk_field(name: str) -> forms.Field:
    if name == "country_of_origin":
        return CountryField(label=_("Country of origin"), required=False)
    if name == "is_dangerous":
        return forms.TypedChoiceField(
            label=_("Dangerous goods"),
            choices=[("", _("As it is")), ("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda word: word == "yes",
            empty_value=None,
            required=False,
        )
    if name == "epr_categories":
        return DutiesField(label=_("Producer's duties"))
    widget = _number() if name.endswith(("_g", "_mm", "stock")) else forms.TextInput()
    return ProductField(name, max_length=900, widget=widget)


class NameForm(forms.Form):
    """Another name of a product; the verb checks it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Alias.Kind.choices)
    value = forms.CharField(
        label=_("SKU, ASIN or barcode"),
        max_length=100,
        error_messages={"required": _("Enter the SKU, the ASIN or the barcode.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    store: Any = forms.ModelChoiceField(
        label=_("Store"), queryset=None, required=False, empty_label=_("All stores")
    )

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        stores: Any = self.fields["store"]
        stores.queryset = workspace.stores.defer("brand_logo").order_by("name")


class MergeForm(forms.Form):
    into = forms.CharField(
        label=_("SKU of the other product"),
        max_length=100,
        error_messages={"required": _("Enter the SKU of the product to merge it into.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PictureForm(forms.Form):
    picture = UploadField(
        label=_("Picture"),
        allow_empty_file=True,
        help_text=_("PNG, JPEG, WebP or GIF. A small copy is kept."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )


class WeightRuleForm(forms.Form):
    """A default weight and what it is for."""

    weight_g = ProductField("weight_g", label=_("Weight (g)"), required=True)
    store: Any = forms.ModelChoiceField(
        label=_("Store"), queryset=None, required=False, empty_label=_("All stores")
    )
    tag = forms.CharField(label=_("Tag"), max_length=40, required=False)
    product_type = forms.CharField(label=_("Product type"), max_length=100, required=False)
    sku_prefix = forms.CharField(label=_("SKU begins with"), max_length=100, required=False)

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        stores: Any = self.fields["store"]
        stores.queryset = workspace.stores.defer("brand_logo").order_by("name")

    def ruling(self) -> Ruling:
        return Ruling(**self.cleaned_data)


class ProductsFileForm(forms.Form):
    table = UploadField(
        label=_("Table of products (CSV)"),
        allow_empty_file=True,
        help_text=_("With the column sku and those that shall change, such as weight_g."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
