"""What the page of a product shows of its names: aliases, barcodes, what was merged."""

from typing import Any

from packbench.accounts.models import Workspace
from packbench.lib.gtin import show_gtin
from packbench.products.learning import offer_of
from packbench.products.models import Alias, Product
from packbench.web.forms.products import MergeForm, NameForm, PictureForm


def naming_context(workspace: Workspace, product: Product, **more: Any) -> dict[str, Any]:
    """`more` are forms that could not be taken, with their mistakes."""
    aliases = product.aliases.select_related("store").defer("store__brand_logo")
    return {
        "names": [(alias, _shown(alias)) for alias in aliases.order_by("kind", "value", "pk")],
        "merged": list(product.merged.order_by("sku")),
        "stands_for_it": product.merged_into,
        "name_form": NameForm(workspace),
        "merge_form": MergeForm(),
        "picture_form": PictureForm(),
        "offer": offer_of(product),
        **more,
    }


def _shown(alias: Alias) -> str:
    return show_gtin(alias.value) if alias.kind == Alias.Kind.BARCODE else alias.value
