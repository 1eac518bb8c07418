"""Troubles of roles: what Amazon denies to the application."""

from packbench.channels.troubles.base import ADD_ROLE, RENEW, TEST, Action, Level, Step, Trouble
from packbench.lib.sentences import marked as _

TROUBLES = (
    Trouble(
        "role_missing_insights",
        _("The role Selling Partner Insights is missing"),
        _("Without it Amazon does not say where the account sells: no store can be connected."),
        (ADD_ROLE, RENEW, TEST),
        amazon=("Unauthorized", "403"),
        words=("getMarketplaceParticipations",),
        seed="SEED-19",
    ),
    Trouble(
        "role_missing_orders",
        _("The role Inventory and Order Tracking is missing"),
        _("Without it no order comes in and no parcel can be confirmed."),
        (ADD_ROLE, RENEW, TEST),
        amazon=("Unauthorized", "403", "Access to requested resource is denied."),
        words=("searchOrders", "getOrder", "confirmShipment"),
        seed="SEED-19",
    ),
    Trouble(
        "role_missing_listing",
        _("The role Product Listing is missing"),
        _("Without it no weights, pictures and stock come from Amazon. Orders come all the same."),
        (ADD_ROLE, RENEW, Step(_("Or set the weights here."), Action.WEIGHTS)),
        amazon=("Unauthorized", "403"),
        words=("Listings Items", "Catalog Items"),
        seed="SEED-19",
        level=Level.WARN,
    ),
    Trouble(
        "role_missing_feeds",
        _("Amazon denies feeds to the application"),
        _("Feeds are the way for many confirmations at once. Single confirmations do not need it."),
        (ADD_ROLE, RENEW),
        amazon=("Unauthorized", "403"),
        words=("getFeeds", "createFeed"),
        seed="SEED-19",
        level=Level.WARN,
    ),
    Trouble(
        "role_missing_reports",
        _("Amazon denies reports to the application"),
        _("Reports are a second way to read orders. Packbench reads them without."),
        (ADD_ROLE, RENEW),
        amazon=("Unauthorized", "403"),
        words=("getReports", "createReport"),
        seed="SEED-19",
        level=Level.WARN,
    ),
    Trouble(
        "role_missing_taxes",
        _("Amazon denies tax data to the application"),
        _("Buyers' tax numbers need the role Tax Invoicing (Restricted). Labels do not need them."),
        (Step(_("Nothing to do, unless you want them: then add the role.")),),
        amazon=("Unauthorized", "403"),
        seed="SEED-19",
        level=Level.WARN,
    ),
    Trouble(
        "access_denied",
        _("Amazon denies this to the application"),
        _("The application lacks a role for what was asked."),
        (ADD_ROLE, RENEW, TEST),
        amazon=("Unauthorized", "403", "Forbidden", "AccessDenied"),
        seed="SEED-19",
    ),
)
