"""Troubles of orders and stores: what keeps an order from its label, or from coming in."""

from packbench.channels.troubles.base import LOOK, RENEW, TEST, Action, Step, Trouble
from packbench.lib.sentences import marked as _

FETCH = Step(_("Fetch the order again."), Action.FETCH_AGAIN)

TROUBLES = (
    Trouble(
        "missing_weight",
        _("A weight is missing"),
        _(
            "A label needs the weight. Set it once for the product, and every order that waits "
            "for it is mended. At Amazon it is called item package weight or package weight "
            "(Shipping, or More details, when you edit the product), in older views Shipping "
            "Weight."
        ),
        (Step(_("Set the weight of the product."), Action.WEIGHTS),),
        words=("Shipping Weight", "item package weight", "package weight", "More details"),
        seed="SEED-96",
    ),
    Trouble(
        "missing_customs",
        _("Customs data is missing"),
        _(
            "The parcel crosses a customs border, and customs asks for HS code, origin and value "
            "of each item. Enter them once for the product, and every order that waits is mended."
        ),
        (
            Step(_("Enter HS code and origin of the product."), Action.CUSTOMS),
            Step(_("Or ship it all the same."), Action.SHIP_ANYWAY),
        ),
        words=("HS code", "tariff number", "country of origin", "CN22", "CN23"),
    ),
    Trouble(
        "missing_address",
        _("The address is missing"),
        _(
            "Name, street or country is empty at Amazon, or a part that the country needs: city, "
            "state, postal code."
        ),
        (FETCH, Step(_("Or enter the address on the order's page."), Action.ORDER), LOOK),
        seed="SEED-42",
    ),
    Trouble(
        "address_doubtful",
        _("The address is doubtful"),
        _(
            "Something in it contradicts itself or seems to be missing: the postal code and the "
            "state, the house number, the post number of a Packstation. The store's settings say "
            "which checks count. All of them are made on this machine."
        ),
        (
            Step(_("Mend the address on the order's page."), Action.ORDER),
            Step(_("Or ship it all the same."), Action.SHIP_ANYWAY),
        ),
        words=("house number", "Packstation", "PO box", "postal code"),
    ),
    Trouble(
        "erased",
        _("The buyer's address was erased"),
        _("Amazon's policy ends what is kept of buyers, at the latest 30 days after delivery."),
        (
            Step(_("Fetch the address again from Amazon, on the order's page."), Action.ORDER),
            LOOK,
        ),
        seed="SEED-79",
    ),
    Trouble(
        "missing_role",
        _("Amazon withholds names and addresses"),
        _(
            "The application lacks the role Direct-to-Consumer Delivery (Restricted), which some "
            "of Amazon's pages call Direct-to-Consumer Shipping. Orders come without address: no "
            "labels."
        ),
        (
            Step(
                _("Ask for the role in the Solution Provider Portal and add it to the application.")
            ),
            RENEW,
            Step(_("The history is then read again; one order alone: fetch it."), FETCH.action),
            TEST,
        ),
        amazon=("Unauthorized", "403", "RECIPIENT", "BUYER"),
        words=("Direct-to-Consumer Shipping", "restricted role", "no name"),
        seed="SEED-19",
    ),
    Trouble(
        "cancel_requested",
        _("The buyer asked to cancel"),
        _("Amazon passes the request on and leaves the decision to you."),
        (
            Step(_("Cancel the order in Seller Central."), Action.SELLER_CENTRAL),
            Step(_("Or ship it all the same."), Action.SHIP_ANYWAY),
        ),
    ),
    Trouble(
        "address_changed",
        _("The address changed at Amazon after another one was entered here"),
        _("Nobody but you knows which of the two is right, so the order waits."),
        (Step(_("Choose one of them on the order's page."), Action.ORDER),),
        words=("wrong address", "two addresses"),
        seed="SEED-42",
    ),
    Trouble(
        "pre_order",
        _("A pre-order waits for its release"),
        _("It must not leave before the date that Amazon names."),
        (Step(_("Wait: it becomes ready by itself."), Action.ORDER),),
        words=("PREORDER", "release date"),
    ),
    Trouble(
        "label_window",
        _("Amazon allows no label yet"),
        _("Orders of some programs have a time before which no label may be printed."),
        (Step(_("Wait: it becomes ready by itself."), Action.ORDER),),
        words=("labelPrintingWindow",),
    ),
    *(
        Trouble(
            f"constraint_{code}",
            title,
            _("Amazon demands it of the carrier, and nobody said yet that it will be done."),
            (
                Step(_("Choose a service that does it, on the order's page."), Action.ORDER),
                Step(_("Then ship it all the same."), Action.SHIP_ANYWAY),
            ),
            words=words,
        )
        for code, title, words in (
            ("signature", _("The recipient must sign"), ("signatureConfirmation",)),
            ("age", _("The recipient's age must be checked"), ("recipientAgeVerification",)),
            ("identity", _("Nobody else may take it"), ("recipientIdentityVerification",)),
            ("cash_on_delivery", _("The carrier must collect the money"), ("COD",)),
            ("pallet", _("It must come by pallet"), ("palletDelivery",)),
            ("other", _("Amazon demands something new"), ("shippingConstraints",)),
        )
    ),
    Trouble(
        "needs_buy_shipping",
        _("The order needs a label of Amazon"),
        _("Orders of the program Ship+ are shipped with labels from Amazon Buy Shipping only."),
        (Step(_("Buy the label in Seller Central."), Action.SELLER_CENTRAL),),
        words=("Ship+", "FBM_SHIP_PLUS"),
    ),
    Trouble(
        "not_connected",
        _("The account is not connected"),
        _("Amazon does not accept its authorization, so nothing can be imported."),
        (RENEW,),
        seed="SEED-87",
    ),
    Trouble(
        "store_paused",
        _("All stores of the account are paused"),
        _("Nothing is imported until one of them is resumed."),
        (Step(_("Resume the store."), Action.STORE),),
    ),
    Trouble(
        "no_account",
        _("This store lives on reports"),
        _("It has no account at Amazon's API to ask."),
        (Step(_("Upload the report “Unshipped orders”."), Action.STORE),),
    ),
    Trouble(
        "bad_history",
        _("So many days of history cannot be read"),
        _("A store reads back from 1 to 90 days."),
        (Step(_("Choose fewer days."), Action.STORE),),
    ),
)
