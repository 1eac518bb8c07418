"""Troubles of settings: a value that cannot be taken, and what it must be like."""

from packbench.channels.troubles.base import Action, Step, Trouble
from packbench.lib.sentences import marked as _

SAVE_SMALLER = Step(_("Save it as PNG, 600 × 200 pixels at most, and upload that."), Action.STORE)
LOOK_UP = Step(_("Look the number up in the papers of your registration and enter it again."))

TROUBLES = (
    Trouble(
        "bad_hours",
        _("So many hours cannot be taken"),
        _("The store is told at the latest so many hours before the ship-by time."),
        (Step(_("Choose a number within the bounds that the message names."), Action.STORE),),
    ),
    Trouble(
        "source_twice",
        _("Two custom fields have one source"),
        _("Each of the three custom fields shows something of its own."),
        (Step(_("Choose another source, or nothing."), Action.STORE),),
        seed="SEED-39",
    ),
    Trouble(
        "logo_too_large",
        _("The logo's file is too large"),
        _("A logo has 2 MB at most."),
        (SAVE_SMALLER,),
    ),
    Trouble(
        "logo_too_many_pixels",
        _("The logo has too many pixels"),
        _("Packbench opens pictures of 16 million pixels at most."),
        (SAVE_SMALLER,),
    ),
    Trouble(
        "logo_broken",
        _("The logo is damaged"),
        _("The picture begins as one and then cannot be read."),
        (SAVE_SMALLER,),
    ),
    Trouble(
        "logo_not_an_image",
        _("The logo is no picture"),
        _("Packbench takes PNG, JPEG and WebP."),
        (SAVE_SMALLER,),
    ),
    Trouble(
        "no_rule",
        _("No rule for this country and category"),
        _("Packbench knows the duties of producers that it lists, and no others."),
        (Step(_("Enter the number at one of the categories that are listed.")),),
        seed="SEED-91",
    ),
    Trouble(
        "not_a_number",
        _("The registration number does not fit"),
        _("Each register has numbers of one shape; the message shows an example."),
        (LOOK_UP,),
        words=("WEEE", "EPR", "LUCID"),
        seed="SEED-91",
    ),
    Trouble(
        "number_or_behalf",
        _("A number and “Amazon pays” exclude each other"),
        _("Either you are registered yourself, or Amazon pays on your behalf."),
        (Step(_("Clear the one that is not so.")),),
        seed="SEED-91",
    ),
    Trouble(
        "not_on_behalf",
        _("Amazon does not pay on your behalf here"),
        _("In this country and category every producer needs a number of their own."),
        (LOOK_UP,),
        seed="SEED-91",
    ),
    Trouble(
        "expires_without_number",
        _("A day of expiry needs a number"),
        _("Only a number can expire."),
        (LOOK_UP, Step(_("Or clear the day."))),
        seed="SEED-91",
    ),
)
