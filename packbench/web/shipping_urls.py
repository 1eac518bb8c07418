"""Pages of carriers and of what parcels are sent with: settings, rates, doubts."""

from django.urls import path

from packbench.web.views import (
    carriers,
    doubts,
    invoicing,
    pricing,
    pushing,
    rating,
    shipping,
    voiding,
)

urlpatterns = [
    path("settings/carriers", carriers.accounts, name="settings_carriers"),
    path("settings/carriers/add/<slug:code>", carriers.add, name="settings_carrier_add"),
    path("settings/carriers/void-days", voiding.void_days, name="settings_void_days"),
    path(
        "settings/carriers/<slug:carrier_id>/void-days",
        voiding.correct,
        name="settings_void_days_correct",
    ),
    path("settings/carriers/<slug:carrier_id>", carriers.account, name="settings_carrier"),
    path("settings/carriers/<slug:carrier_id>/test", carriers.test, name="settings_carrier_test"),
    path(
        "settings/carriers/<slug:carrier_id>/default",
        carriers.default,
        name="settings_carrier_default",
    ),
    path(
        "settings/carriers/<slug:carrier_id>/close", carriers.close, name="settings_carrier_close"
    ),
    path(
        "settings/carriers/<slug:carrier_id>/reopen",
        carriers.reopen,
        name="settings_carrier_reopen",
    ),
    path("settings/carriers/<slug:carrier_id>/scans", pushing.begin, name="settings_carrier_push"),
    path(
        "settings/carriers/<slug:carrier_id>/scans/end",
        pushing.end,
        name="settings_carrier_push_end",
    ),
    path("scans/<slug:carrier_id>", pushing.take, name="take_push"),
    path("settings/carriers/<slug:carrier_id>/prices", pricing.prices, name="settings_prices"),
    path(
        "settings/carriers/<slug:carrier_id>/prices/add/<slug:kind>",
        pricing.add,
        name="settings_prices_add",
    ),
    path(
        "settings/carriers/<slug:carrier_id>/prices/remove",
        pricing.remove,
        name="settings_prices_remove",
    ),
    path(
        "settings/carriers/<slug:carrier_id>/prices.csv",
        pricing.download,
        name="settings_prices_download",
    ),
    path(
        "settings/carriers/<slug:carrier_id>/prices/upload",
        pricing.upload,
        name="settings_prices_upload",
    ),
    path(
        "settings/carriers/<slug:carrier_id>/invoices", invoicing.invoices, name="settings_invoices"
    ),
    path(
        "settings/carriers/<slug:carrier_id>/invoices/upload",
        invoicing.upload,
        name="settings_invoices_upload",
    ),
    path("costs", invoicing.costs, name="costs"),
    path("settings/warehouses", shipping.warehouses, name="settings_warehouses"),
    path("settings/addresses/new", shipping.warehouse, name="settings_address_new"),
    path("settings/addresses/<slug:warehouse_id>", shipping.warehouse, name="settings_address"),
    path(
        "settings/addresses/<slug:warehouse_id>/default",
        shipping.default_warehouse,
        name="settings_address_default",
    ),
    path("settings/tax-numbers", shipping.tax_number, name="settings_tax_number_new"),
    path(
        "settings/tax-numbers/<slug:row_id>/remove",
        shipping.remove_tax_number,
        name="settings_tax_number_remove",
    ),
    path("settings/packages", shipping.packages, name="settings_packages"),
    path("settings/packages/<slug:row_id>", shipping.packages, name="settings_package"),
    path(
        "settings/packages/<slug:row_id>/default",
        shipping.default_package,
        name="settings_package_default",
    ),
    path(
        "settings/packages/<slug:row_id>/remove",
        shipping.remove_package,
        name="settings_package_remove",
    ),
    path("settings/presets", shipping.presets, name="settings_presets"),
    path("settings/presets/<slug:row_id>", shipping.presets, name="settings_preset"),
    path(
        "settings/presets/<slug:row_id>/remove",
        shipping.remove_preset,
        name="settings_preset_remove",
    ),
    path("settings/service-rules", shipping.rules, name="settings_service_rules"),
    path("settings/service-rules/<slug:row_id>", shipping.rules, name="settings_service_rule"),
    path(
        "settings/service-rules/<slug:row_id>/remove",
        shipping.remove_rule,
        name="settings_service_rule_remove",
    ),
    path("orders/<str:order_id>/rates", rating.rates, name="order_rates"),
    path("orders/<str:order_id>/rates/inputs", rating.inputs, name="order_inputs"),
    path("orders/<str:order_id>/rates/buy", rating.buy, name="buy_rate"),
    path("shipments/<str:shipment_id>/bought", doubts.bought, name="doubt_bought"),
    path("shipments/<str:shipment_id>/not-bought", doubts.not_bought, name="doubt_not_bought"),
]
