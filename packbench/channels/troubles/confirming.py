"""Troubles of telling the store: what confirmShipment refuses, and what it would refuse."""

from packbench.channels.troubles.base import (
    BY_HAND,
    IMPORT,
    LOOK,
    NOTIFY,
    WAIT,
    Action,
    Level,
    Step,
    Trouble,
)
from packbench.lib.sentences import marked as _

OPEN = Action.ORDER
CARRIER = Step(_("Set the carrier's name and code under Settings, Carriers."), Action.CARRIERS)

TROUBLES = (
    Trouble(
        "package_unknown",
        _("The order is complete at Amazon already"),
        _("Somebody confirmed it in Seller Central, or another program did."),
        (LOOK, Step(_("If Amazon shows another parcel, correct it there."))),
        amazon=("PackageToUpdateNotFound", "Failed to create package", "GeneralError"),
        words=("order already fulfilled",),
    ),
    Trouble(
        "reference_invalid",
        _("Amazon refused the parcel's reference"),
        _("The reference must be a positive whole number. Packbench makes nine digits."),
        (NOTIFY, BY_HAND),
        amazon=("InvalidInput", "PackageReferenceId"),
    ),
    Trouble(
        "item_unknown",
        _("Amazon does not know an item of this parcel"),
        _("The order was changed at Amazon since it came in."),
        (IMPORT, NOTIFY, BY_HAND),
        amazon=("InvalidInput", "OrderItemId is invalid"),
    ),
    Trouble(
        "quantity_too_high",
        _("More pieces than are left"),
        _("A part of the order was confirmed elsewhere, or cancelled."),
        (LOOK, IMPORT),
        amazon=("InvalidInput",),
    ),
    Trouble(
        "package_delivered",
        _("The parcel was delivered"),
        _("Amazon takes no more corrections of a parcel after its delivery."),
        (Step(_("Nothing to do.")),),
        amazon=("InvalidInput",),
    ),
    Trouble(
        "not_ours",
        _("Amazon ships this order itself"),
        _("An order that is fulfilled by Amazon is not yours to confirm."),
        (Step(_("Do not send it.")), LOOK),
        amazon=("InvalidInput",),
        words=("FBA", "AFN"),
    ),
    Trouble(
        "order_pending",
        _("Amazon has not released the order"),
        _("Its payment is not through. It can be confirmed once it is unshipped."),
        (Step(_("Wait until the order is unshipped at Amazon.")), IMPORT, NOTIFY),
        amazon=("InvalidInput", "PENDING"),
    ),
    Trouble(
        "order_closed",
        _("The order is cancelled at Amazon"),
        _("The buyer or Amazon cancelled it before Amazon was told of the parcel."),
        (Step(_("Do not send it, or stop the parcel.")), LOOK),
        amazon=("InvalidInput", "CANCELLED"),
    ),
    Trouble(
        "ship_plus",
        _("Amazon confirms Ship+ orders itself"),
        _("Orders of the program Ship+ take no confirmation from outside."),
        (Step(_("Buy the label through Amazon Buy Shipping."), Action.SELLER_CENTRAL),),
        amazon=("FBM_SHIP_PLUS",),
        words=("Ship+", "Buy Shipping"),
    ),
    Trouble(
        "carrier_invalid",
        _("Amazon does not know this carrier"),
        _("Amazon has a list of carrier codes for each country; all others are Other with a name."),
        (CARRIER, NOTIFY, BY_HAND),
        amazon=("InvalidInput", "carrierCode"),
    ),
    Trouble(
        "carrier_missing",
        _("The carrier's code or name is missing"),
        _("Amazon takes no confirmation without a carrier code, and Other needs a name."),
        (CARRIER, NOTIFY),
    ),
    Trouble(
        "tracking_invalid",
        _("Amazon refused the tracking number"),
        _("It does not have the shape that this carrier's numbers have."),
        (Step(_("Compare the number with the label.")), BY_HAND),
        amazon=("InvalidInput", "trackingNumber"),
    ),
    Trouble(
        "tracking_shape",
        _("The tracking number does not look like one of this carrier"),
        _(
            "Packbench compares each number with what the carrier's numbers look like before it is "
            "sent: Amazon counts a wrong one, or a wrong carrier, as no valid tracking."
        ),
        (
            Step(_("Compare it with the label, and correct the number or the carrier."), OPEN),
            Step(_("Is it right? Send it as it is."), Action.SEND_UNCHECKED),
        ),
        words=("tracking number format", "carrier code", "VTR"),
    ),
    Trouble(
        "transparency_missing",
        _("Amazon wants Transparency codes"),
        _(
            "The product is in Amazon's program Transparency: each piece carries a code of its "
            "own, and Amazon takes the parcel only with these codes."
        ),
        (Step(_("Scan or type the codes of the pieces on the notice's page."), Action.CODES),),
        amazon=("InvalidInput", "transparencyCodes"),
        words=("Transparency",),
    ),
    Trouble(
        "not_shown_yet",
        _("Amazon does not show yet what is to be corrected"),
        _(
            "The parcel went in a feed, where Amazon gives it a number of its own. The number is "
            "known once Amazon shows the parcel, and the correction waits for it."
        ),
        (WAIT, LOOK),
        level=Level.WARN,
    ),
    Trouble(
        "tracking_missing",
        _("The tracking number is missing"),
        _("Amazon takes no confirmation without one."),
        (BY_HAND,),
    ),
    Trouble(
        "ship_date_invalid",
        _("Amazon refused the ship date"),
        _("It must not lie before the order or in the future: this machine's clock may be wrong."),
        (Step(_("Check this machine's clock: test the connection."), Action.TEST), NOTIFY, BY_HAND),
        amazon=("InvalidInput", "shipDate"),
    ),
    Trouble(
        "marketplace_invalid",
        _("The order belongs to another marketplace"),
        _("It was confirmed for a store that is not its own."),
        (LOOK, BY_HAND),
        amazon=("InvalidInput", "MarketplaceId"),
    ),
    Trouble(
        "order_missing",
        _("Order number or marketplace is missing"),
        _("A confirmation names both. This order lacks one of them."),
        (Step(_("Fetch the order again."), Action.FETCH_AGAIN), BY_HAND),
    ),
    Trouble(
        "items_missing",
        _("The parcel has no items"),
        _("A confirmation names what is in the parcel; this one has nothing in it."),
        (LOOK, BY_HAND),
    ),
    Trouble(
        "quantity_invalid",
        _("An item has no quantity"),
        _("Each item of a parcel needs a quantity of one or more."),
        (LOOK, BY_HAND),
    ),
    Trouble(
        "not_shown",
        _("Amazon took the confirmation and does not show the parcel"),
        _("Amazon said yes, and an hour later the parcel is not in the order."),
        (NOTIFY, LOOK, BY_HAND),
    ),
)
