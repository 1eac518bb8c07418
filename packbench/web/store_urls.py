"""Pages of signing in, stores, files, products and settings."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from packbench.web.views import (
    accounts,
    adding,
    announcing,
    api_keys,
    archive,
    auditing,
    complying,
    connecting,
    factors,
    files,
    guiding,
    mailing,
    messages,
    privacy,
    product_names,
    products,
    rates,
    returning,
    settings,
    setup,
    signing,
    store_settings,
    stores,
    tracing,
    weights,
)


class PublicIdConverter(StringConverter):
    """An id as `lib.ids` makes them: what cannot be one is not looked up."""

    regex = "[a-z]+_[0-9a-z]+"


register_converter(PublicIdConverter, "public_id")

urlpatterns = [
    path("setup", setup.begin, name="setup"),
    path("setup/ship-from", setup.ship_from, name="setup_ship_from"),
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-in/code", factors.code, name="sign_in_code"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("stores", stores.stores, name="stores"),
    path("stores/connect", connecting.connect, name="connect"),
    path("stores/connect/app", connecting.connect_app, name="connect_app"),
    path("stores/connect/website", connecting.connect_website, name="connect_website"),
    path("stores/connect/guide", guiding.guide, name="connect_guide"),
    path("stores/connect/guide/<slug:slug>", guiding.guide_step, name="connect_guide_step"),
    path("stores/connect/callback", returning.connect_callback, name="connect_callback"),
    path("stores/connect/failed", returning.connect_failed, name="connect_failed"),
    path("stores/connect/files", connecting.connect_files, name="connect_files"),
    path(
        "stores/connect/<public_id:account_id>/marketplaces",
        connecting.connect_marketplaces,
        name="connect_marketplaces",
    ),
    path("stores/connect/<public_id:account_id>/connected", connecting.connected, name="connected"),
    path(
        "stores/connect/<public_id:account_id>/add", adding.add_missing, name="account_add_stores"
    ),
    path(
        "stores/connect/<public_id:account_id>/dismiss",
        adding.dismiss_missing,
        name="account_dismiss_stores",
    ),
    path("stores/compliance", complying.compliance, name="compliance"),
    path("stores/compliance/<str:country>/<str:category>", complying.save, name="compliance_save"),
    path("stores/trace", tracing.trace, name="trace"),
    path("stores/trace/ask", tracing.ask, name="trace_ask"),
    path("stores/accounts/<public_id:account_id>", accounts.account, name="account"),
    path("stores/accounts/<public_id:account_id>/renew", accounts.renew, name="account_renew"),
    path("stores/accounts/<public_id:account_id>/token", accounts.paste, name="account_token"),
    path("stores/accounts/<public_id:account_id>/check", accounts.check, name="account_check"),
    path(
        "stores/accounts/<public_id:account_id>/renewed", accounts.renewed, name="account_renewed"
    ),
    path("stores/accounts/<public_id:account_id>/revoke", accounts.revoke, name="account_revoke"),
    path("stores/accounts/<public_id:account_id>/secret", accounts.secret, name="account_secret"),
    path("stores/accounts/<public_id:account_id>/queue", announcing.save, name="account_queue"),
    path(
        "stores/accounts/<public_id:account_id>/queue/remove",
        announcing.remove,
        name="account_queue_remove",
    ),
    path("stores/<public_id:store_id>", stores.store, name="store"),
    path(
        "stores/<public_id:store_id>/settings/<slug:part>",
        store_settings.change,
        name="store_change",
    ),
    path("stores/<public_id:store_id>/logo", store_settings.logo, name="store_logo"),
    path("stores/<public_id:store_id>/log", stores.log, name="store_log"),
    path("stores/<public_id:store_id>/messages", messages.switch, name="store_messages"),
    path("stores/<public_id:store_id>/sender", messages.approve, name="store_sender"),
    path("stores/<public_id:store_id>/pause", stores.pause, name="store_pause"),
    path("stores/<public_id:store_id>/resume", stores.resume, name="store_resume"),
    path("stores/<public_id:store_id>/import", stores.import_orders, name="store_import"),
    path("stores/<public_id:store_id>/report", files.upload_report, name="store_report"),
    path("stores/<public_id:store_id>/confirmations", files.write_file, name="store_confirmations"),
    path(
        "stores/<public_id:store_id>/files/<public_id:file_id>", files.take_file, name="store_file"
    ),
    path("products", products.products, name="products"),
    path("products/edit", products.edit_ticked, name="products_edit"),
    path("products/fetch", products.fetch, name="products_fetch"),
    path("products/upload", products.upload_table, name="products_upload"),
    path("products/products.csv", products.take_table, name="products_file"),
    path("products/weights.csv", products.take_weights, name="products_weights_file"),
    path("products/<public_id:product_id>", products.product, name="product"),
    path("products/<public_id:product_id>/facts", products.facts, name="product_facts"),
    path("products/<public_id:product_id>/image", products.image, name="product_image"),
    path("products/<public_id:product_id>/weight", products.weigh, name="product_weigh"),
    path("products/<public_id:product_id>/names", product_names.add, name="product_name_add"),
    path(
        "products/<public_id:product_id>/names/<int:alias_id>/remove",
        product_names.remove,
        name="product_name_remove",
    ),
    path("products/<public_id:product_id>/merge", product_names.merge, name="product_merge"),
    path("products/<public_id:product_id>/split", product_names.split, name="product_split"),
    path("products/<public_id:product_id>/picture", product_names.picture, name="product_picture"),
    path("settings", settings.overview, name="settings"),
    path("settings/workspace", settings.workspace, name="settings_workspace"),
    path("settings/weights", weights.weights, name="settings_weights"),
    path("settings/weights/<public_id:rule_id>", weights.rule, name="settings_weight"),
    path(
        "settings/weights/<public_id:rule_id>/remove",
        weights.remove,
        name="settings_weight_remove",
    ),
    path("settings/weights/<public_id:rule_id>/move", weights.move, name="settings_weight_move"),
    path("settings/people", settings.people, name="settings_people"),
    path("settings/people/<int:member_id>/role", settings.role, name="settings_role"),
    path("settings/people/<int:member_id>/remove", settings.remove, name="settings_remove"),
    path("settings/privacy", privacy.privacy, name="settings_privacy"),
    path("settings/privacy/erased", privacy.records, name="settings_privacy_records"),
    path("settings/privacy/looks", privacy.looks, name="settings_privacy_looks"),
    path("settings/privacy/erase", privacy.erase, name="settings_privacy_erase"),
    path("settings/privacy/archive", archive.archive, name="settings_archive"),
    path("settings/privacy/archive/end", archive.end, name="settings_archive_end"),
    path("settings/audit", auditing.overview, name="settings_audit"),
    path("settings/audit/<str:code>/vouch", auditing.vouch, name="settings_audit_vouch"),
    path("settings/audit/report.<slug:kind>", auditing.download, name="settings_audit_file"),
    path("settings/currencies", rates.currencies, name="settings_currencies"),
    path("settings/currencies/display", rates.choose, name="settings_currencies_display"),
    path("settings/currencies/rates", rates.upload, name="settings_currencies_rates"),
    path("settings/currencies/rate", rates.enter, name="settings_currencies_rate"),
    path(
        "settings/currencies/rate/<int:rate_id>/remove",
        rates.remove,
        name="settings_currencies_remove",
    ),
    path("settings/mail/test", mailing.test, name="settings_mail_test"),
    path("settings/me", signing.me, name="settings_me"),
    path("settings/me/password", signing.password, name="settings_password"),
    path("settings/me/second-factor", factors.factor, name="settings_factor"),
    path("settings/api-keys", api_keys.keys, name="settings_keys"),
    path(
        "settings/api-keys/<public_id:key_id>/revoke", api_keys.revoke, name="settings_key_revoke"
    ),
]
