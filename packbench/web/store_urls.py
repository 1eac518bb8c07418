"""Pages of signing in, stores, files, products and settings."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from packbench.web.views import connecting, files, products, settings, setup, signing, stores


class PublicIdConverter(StringConverter):
    """An id as `lib.ids` makes them: what cannot be one is not looked up."""

    regex = "[a-z]+_[0-9a-z]+"


register_converter(PublicIdConverter, "public_id")

urlpatterns = [
    path("setup", setup.begin, name="setup"),
    path("setup/ship-from", setup.ship_from, name="setup_ship_from"),
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("stores", stores.stores, name="stores"),
    path("stores/connect", connecting.connect, name="connect"),
    path("stores/connect/app", connecting.connect_app, name="connect_app"),
    path("stores/connect/website", connecting.connect_website, name="connect_website"),
    path("stores/connect/callback", connecting.connect_callback, name="connect_callback"),
    path("stores/connect/files", connecting.connect_files, name="connect_files"),
    path(
        "stores/connect/<public_id:account_id>/marketplaces",
        connecting.connect_marketplaces,
        name="connect_marketplaces",
    ),
    path("stores/connect/<public_id:account_id>/connected", connecting.connected, name="connected"),
    path("stores/<public_id:store_id>", stores.store, name="store"),
    path("stores/<public_id:store_id>/settings", stores.change, name="store_change"),
    path("stores/<public_id:store_id>/pause", stores.pause, name="store_pause"),
    path("stores/<public_id:store_id>/resume", stores.resume, name="store_resume"),
    path("stores/<public_id:store_id>/import", stores.import_orders, name="store_import"),
    path("stores/<public_id:store_id>/report", files.upload_report, name="store_report"),
    path("stores/<public_id:store_id>/confirmations", files.write_file, name="store_confirmations"),
    path(
        "stores/<public_id:store_id>/files/<public_id:file_id>", files.take_file, name="store_file"
    ),
    path("products", products.products, name="products"),
    path("products/weights", products.weigh_ticked, name="products_weigh"),
    path("products/weights.csv", products.take_weights, name="products_weights_file"),
    path("products/weights/upload", products.upload_weights, name="products_weights_upload"),
    path("products/<public_id:product_id>/weight", products.weigh, name="product_weigh"),
    path("settings", settings.overview, name="settings"),
    path("settings/workspace", settings.workspace, name="settings_workspace"),
    path("settings/addresses/new", settings.address, name="settings_address_new"),
    path("settings/addresses/<public_id:warehouse_id>", settings.address, name="settings_address"),
    path(
        "settings/addresses/<public_id:warehouse_id>/default",
        settings.default_address,
        name="settings_address_default",
    ),
    path("settings/carriers/<public_id:carrier_id>", settings.carrier, name="settings_carrier"),
    path("settings/people", settings.people, name="settings_people"),
    path("settings/people/<int:member_id>/role", settings.role, name="settings_role"),
    path("settings/people/<int:member_id>/remove", settings.remove, name="settings_remove"),
    path("settings/me", signing.me, name="settings_me"),
    path("settings/me/password", signing.password, name="settings_password"),
]
