"""Troubles of website authorization: on the way to Seller Central and back."""

from packbench.channels.troubles.base import BEGIN, Action, Step, Trouble
from packbench.lib.sentences import marked as _

TROUBLES = (
    Trouble(
        "consent_refused",
        _("The authorization was declined"),
        _("Somebody pressed Cancel at Amazon, or did not tick the box there."),
        (Step(_("Begin again, tick the box at Amazon, confirm."), Action.CONNECT),),
        amazon=("access_denied",),
        seed="SEED-09",
    ),
    Trouble(
        "consent_failed",
        _("Amazon ended the consent with an error"),
        _("Amazon sent you back with an error code and without an authorization."),
        (
            BEGIN,
            Step(_("If it stays so, look the code up in Amazon's help, or use the private app.")),
        ),
        seed="SEED-09",
    ),
    Trouble(
        "app_unavailable",
        _("Amazon shows MD1000: the application is not available"),
        _(
            "The application is still a draft and Packbench was not told so, or the application "
            "ID is wrong."
        ),
        (
            Step(_("Compare the application ID (amzn1.sp.solution.…) with the portal.")),
            Step(_("Tick that the application is a draft, and begin again."), Action.CONNECT),
        ),
        amazon=("MD1000",),
        words=("draft", "version=beta"),
        seed="SEED-14",
    ),
    Trouble(
        "address_unknown",
        _("Amazon shows MD5101: the redirect address does not match"),
        _("The desk's redirect URI is not registered with the application, letter by letter."),
        (
            Step(_("Copy the redirect URI of the page Website authorization."), Action.CONNECT),
            Step(_("Register it with the application in the Solution Provider Portal.")),
            BEGIN,
        ),
        amazon=("MD5101",),
        words=("redirect URI", "redirect_uri"),
        seed="SEED-14",
    ),
    Trouble(
        "app_misconfigured",
        _("Amazon shows MD9100: the application is not set up"),
        _(
            "Amazon cannot show the consent: the application lacks its OAuth addresses, or you "
            "are signed in with an account of another region."
        ),
        (
            Step(_("Sign in at Amazon as the seller, in the country that you chose.")),
            Step(_("Enter the OAuth login and redirect URI of the application in the portal.")),
            BEGIN,
        ),
        amazon=("MD9100",),
        seed="SEED-14",
    ),
    Trouble(
        "state_unknown",
        _("This answer from Amazon was not asked for here"),
        _("Packbench accepts an answer only from the person who began, once, within ten minutes."),
        (BEGIN,),
        seed="SEED-09",
    ),
    Trouble(
        "state_of_other_session",
        _("The consent was begun in another browser"),
        _("It is finished by the same person in the same session, so that nobody is tricked."),
        (Step(_("Begin again here and come back in the same browser."), Action.CONNECT),),
        seed="SEED-09",
    ),
    Trouble(
        "state_used",
        _("This answer from Amazon was used already"),
        _("Each answer counts once. Most often the page was reloaded."),
        (Step(_("See whether the store is there; if not, begin again."), Action.CONNECT),),
        seed="SEED-09",
    ),
    Trouble(
        "state_old",
        _("More than ten minutes went by"),
        _("A consent that was begun must come back within ten minutes."),
        (Step(_("Begin again: Amazon remembers that you agreed."), Action.CONNECT),),
        seed="SEED-09",
    ),
    Trouble(
        "answer_incomplete",
        _("Amazon's answer is incomplete"),
        _("It lacks the code or the seller ID: the address was changed on the way."),
        (BEGIN,),
        seed="SEED-09",
    ),
    Trouble(
        "too_many_consents",
        _("Too many consents are under way"),
        _("So many were begun in this workspace in the last ten minutes and not finished."),
        (Step(_("Finish one of them, or wait ten minutes.")),),
        seed="SEED-09",
    ),
)
