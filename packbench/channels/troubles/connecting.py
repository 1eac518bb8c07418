"""Troubles of connecting, and of authorizations that ended."""

from packbench.channels.troubles.base import (
    ADD_ROLE,
    BEGIN,
    RENEW,
    TEST,
    Action,
    Level,
    Step,
    Trouble,
)
from packbench.lib.sentences import marked as _

COPY_KEYS = Step(_("Copy both again from the Solution Provider Portal, whole, without spaces."))
PASTE = Step(_("Paste them again here."), Action.RENEW)
CHOOSE_COUNTRY = Step(
    _("Connect again and choose a country where the account sells."), BEGIN.action
)
OTHER_NAME = Step(_("Choose another name."))

TROUBLES = (
    Trouble(
        "authorization_ended",
        _("The authorization has ended"),
        _(
            "Amazon no longer accepts the refresh token: the authorization is over a year old, "
            "it was revoked in Seller Central, or the application was removed. Nothing is lost."
        ),
        (Step(_("Authorize the application again at Amazon.")), RENEW, TEST),
        amazon=("invalid_grant",),
        words=("expired", "deactivated token", "revoked", "refresh token"),
        seed="SEED-97",
    ),
    Trouble(
        "access_refused",
        _("Amazon refuses this account's access"),
        _(
            "Amazon gave a fresh token and refuses it all the same: the authorization was revoked "
            "a moment ago, or the account is closed or suspended."
        ),
        (Step(_("Look in Seller Central whether the account is in order.")), RENEW, TEST),
        amazon=("The access token you provided is revoked, malformed or invalid.",),
        seed="SEED-97",
    ),
    Trouble(
        "client_refused",
        _("Client ID and client secret do not belong together"),
        _(
            "Amazon does not know the client ID with this secret. Most often the secret was "
            "rotated, or one of the two was copied from another application."
        ),
        (COPY_KEYS, PASTE),
        amazon=("invalid_client", "Client authentication failed"),
        words=("rotated secret",),
        seed="SEED-16",
    ),
    Trouble(
        "revoked_here",
        _("The authorization was revoked here"),
        _(
            "An owner pressed Revoke here: the token is deleted and the buyers' data of the "
            "account's orders is erased. The orders stay listed."
        ),
        (
            Step(
                _(
                    "Remove the application in Seller Central as well: Apps and Services, Manage "
                    "Your Apps."
                ),
                Action.SELLER_CENTRAL,
            ),
            Step(_("To sell through it again, renew the account."), Action.RENEW),
        ),
        seed="SEED-89",
    ),
    Trouble(
        "same_secret",
        _("This client secret is saved already"),
        _("Amazon makes a new one under View credentials, Rotate secret; copy that one."),
        (Step(_("Make a new client secret in the Solution Provider Portal."), Action.RENEW),),
        seed="SEED-86",
        level=Level.WARN,
    ),
    Trouble(
        "no_token",
        _("No account has a token to try the client secret with"),
        _("All accounts of the application were revoked here."),
        (Step(_("Connect the account again, with the new client secret."), Action.CONNECT),),
        seed="SEED-86",
    ),
    Trouble(
        "too_early",
        _("The authorization runs for more than a month"),
        _("Amazon offers the renewal in the month before the end; before that nothing is needed."),
        (Step(_("Nothing to do: Packbench reminds the owners in time.")),),
        seed="SEED-86",
        level=Level.WARN,
    ),
    Trouble(
        "no_consent",
        _("The account cannot be renewed by consent"),
        _("Its application has no application ID here, or the account has no store."),
        (
            Step(_("Paste a refresh token on the account's page."), Action.RENEW),
            Step(_("Or connect it again by Website authorization."), Action.CONNECT),
        ),
        seed="SEED-90",
    ),
    Trouble(
        "client_id_is_app_id",
        _("This is the application ID, not the client ID"),
        _("The Solution Provider Portal shows both; the client ID stands under View credentials."),
        (
            Step(_("Copy the client ID that begins with amzn1.application-oa2-client.")),
            PASTE,
        ),
        amazon=("invalid_client",),
        seed="SEED-16",
    ),
    Trouble(
        "other_application",
        _("The refresh token belongs to another application"),
        _("A refresh token works only with the application that it was given to."),
        (
            Step(_("Authorize the account for the application whose client ID you enter.")),
            PASTE,
        ),
        amazon=("unauthorized_client", "Not authorized for requested operation"),
        seed="SEED-16",
    ),
    Trouble(
        "credentials_malformed",
        _("Something was cut off while copying"),
        _("Amazon could not read the client ID, the client secret or the refresh token."),
        (COPY_KEYS, PASTE),
        amazon=("invalid_request", "unsupported_grant_type", "invalid_scope"),
        seed="SEED-16",
    ),
    Trouble(
        "code_refused",
        _("The consent came too late"),
        _("Amazon's code lives five minutes and counts once. This one is older, or was used."),
        (BEGIN, Step(_("Do not reload the page on the way back from Amazon."))),
        amazon=("invalid_grant",),
        seed="SEED-09",
    ),
    Trouble(
        "wrong_region",
        _("The account does not sell in this region"),
        _(
            "Amazon knows the login and denies the account in the region that was asked. Each "
            "region (North America, Europe, Far East) has authorizations of its own. A missing "
            "role Selling Partner Insights looks the same."
        ),
        (CHOOSE_COUNTRY, ADD_ROLE, TEST),
        words=("region", "Amazon.com", "Europe", "Selling Partner Insights"),
        seed="SEED-27",
    ),
    Trouble(
        "other_region",
        _("The account sells in another region"),
        _("Amazon knows the account, in another region than the one of the country chosen."),
        (CHOOSE_COUNTRY,),
        seed="SEED-27",
    ),
    Trouble(
        "other_seller",
        _("The seller ID is not that of the authorization"),
        _("The keys are good, and they are another seller's: the ID was copied from elsewhere."),
        (
            Step(_("In Seller Central, Settings, Account info: copy your merchant token.")),
            BEGIN,
        ),
        words=("merchant token",),
        seed="SEED-19",
    ),
    Trouble(
        "no_marketplaces",
        _("The account has no Professional selling plan"),
        _(
            "Amazon names no marketplace where this account sells. Individual selling plans have "
            "no API."
        ),
        (
            Step(_("Switch to the Professional plan in Seller Central, then connect again.")),
            Step(_("Or work with files: they need no API."), Action.CONNECT),
        ),
        words=("Individual", "Professional", "plan"),
        seed="SEED-01",
    ),
    Trouble(
        "not_participating",
        _("The account does not sell in this marketplace"),
        _("Each store is one marketplace where the account takes part. It does not in this one."),
        (
            Step(_("Choose one of the marketplaces that the message names."), Action.ADD_STORES),
            Step(_("Or open the marketplace in Seller Central first, then test the connection.")),
        ),
        seed="SEED-08",
    ),
    Trouble(
        "store_there",
        _("There is a store for this marketplace already"),
        _("One account has one store for each marketplace, else its orders would come in twice."),
        (Step(_("Use the store that is there."), Action.STORE),),
        seed="SEED-25",
    ),
    Trouble(
        "name_taken",
        _("The name is taken"),
        _("Two stores cannot have one name."),
        (OTHER_NAME,),
        seed="SEED-06",
    ),
    Trouble(
        "marketplaces_without_store",
        _("The account also sells where it has no store here"),
        _(
            "One authorization covers a whole region, and each marketplace is a store of its own. "
            "If only orders from the US come in, the stores of Canada or Mexico are missing."
        ),
        (
            Step(_("Add them all: no second authorization is needed."), Action.ADD_MISSING),
            Step(_("Or choose which."), Action.ADD_STORES),
            Step(_("If you do not want their orders, there is nothing to do.")),
        ),
        words=("only US orders", "Canada", "Mexico", "Amazon.ca", "unified account"),
        seed="SEED-95",
        level=Level.WARN,
    ),
    Trouble(
        "listings_suspended",
        _("Amazon suspended listings of the account"),
        _("Where listings are suspended nothing new is sold; orders that are there still count."),
        (Step(_("Read Performance, Account health in Seller Central."), Action.SELLER_CENTRAL),),
        words=("suspended", "account health"),
        level=Level.WARN,
    ),
)
