"""Troubles of calls: quotas, outages, the network between, the clock."""

from packbench.channels.troubles.base import (
    IMPORT,
    LOOK,
    RENEW,
    SUPPORT,
    TEST,
    WAIT,
    Action,
    Level,
    Step,
    Trouble,
)
from packbench.lib.sentences import marked as _

CLOCK = Step(
    _("Let this machine set its clock from the network (NTP), then test again."), TEST.action
)
PROXY = Step(_("Check for a proxy or a sign-in page of the network between here and Amazon."))

TROUBLES = (
    Trouble(
        "throttled",
        _("Amazon's quota is used up"),
        _(
            "Amazon allows only so many calls: one page of orders in three minutes and two "
            "confirmations a second, with some in reserve. What is left waits in order, the most "
            "urgent first."
        ),
        (
            WAIT,
            Step(_("Do labels in batches; other programs with the same application share it.")),
            Step(_("If it does not end within hours, ask Amazon's support.")),
        ),
        amazon=("QuotaExceeded", "429", "You exceeded your quota for the requested resource."),
        words=("throttle", "hourly limit", "rate limit"),
        seed="SEED-94",
        level=Level.WARN,
    ),
    Trouble(
        "unavailable",
        _("Amazon is not available"),
        _("Amazon itself failed, or is down for a while. Nothing happened there, nothing is lost."),
        (WAIT, Step(_("If it lasts for hours, look at Amazon's own news for sellers."))),
        amazon=("InternalFailure", "InternalServiceError", "ServiceUnavailable", "500", "503"),
        seed="SEED-93",
        level=Level.WARN,
    ),
    Trouble(
        "may_have_happened",
        _("Amazon failed half-way"),
        _("Amazon failed while it worked on a call that must not be made twice."),
        (Step(_("Packbench looks whether it happened before it does anything else.")), LOOK),
        amazon=("InternalFailure", "500"),
        level=Level.WARN,
    ),
    Trouble(
        "contract",
        _("The answer did not come from Amazon's API"),
        _(
            "What came back could not be read. Most often a proxy, a firewall or a sign-in page "
            "of the network answered in Amazon's place."
        ),
        (WAIT, PROXY, TEST),
        words=("HTML", "proxy", "firewall"),
        level=Level.WARN,
    ),
    Trouble(
        "not_reached",
        _("Amazon could not be reached"),
        _("No connection came about: the network is down, or something blocks the way out."),
        (Step(_("Check this machine's network and its firewall: https to Amazon.")), WAIT),
        words=("network", "connection refused", "timeout"),
        level=Level.WARN,
    ),
    Trouble(
        "name_not_found",
        _("Amazon's name could not be looked up"),
        _("This machine's name service (DNS) does not answer, or does not know Amazon."),
        (Step(_("Check this machine's network and DNS.")), WAIT),
        words=("DNS", "name resolution"),
        level=Level.WARN,
    ),
    Trouble(
        "not_trusted",
        _("No safe connection to Amazon"),
        _(
            "The certificate that was shown is not trusted here: the clock of this machine is "
            "wrong, or a proxy reads along with a certificate of its own."
        ),
        (CLOCK, PROXY),
        words=("TLS", "SSL", "certificate"),
        level=Level.WARN,
    ),
    Trouble(
        "answer_lost",
        _("Amazon's answer got lost"),
        _("The call went out and no answer came back whole: a timeout, or a broken connection."),
        (WAIT, Step(_("If it stays so, check the network between here and Amazon."))),
        words=("timeout", "reset"),
        level=Level.WARN,
    ),
    Trouble(
        "clock_skew",
        _("The clock of this machine is wrong"),
        _("It differs from Amazon's by more than a minute. Times and certificates may fail."),
        (CLOCK,),
        words=("time", "NTP"),
        level=Level.WARN,
    ),
    Trouble(
        "time_refused",
        _("Amazon refused the times asked for"),
        _("Packbench asked for orders of a time that Amazon calls impossible: the clock is wrong."),
        (CLOCK, IMPORT),
        amazon=("InvalidInput",),
        words=("createdAfter", "lastUpdatedAfter"),
    ),
    Trouble(
        "page_token_expired",
        _("Amazon forgot where the import stood"),
        _("The mark of the next page lives 24 hours. The import begins again; nothing is lost."),
        (WAIT, IMPORT),
        amazon=("InvalidInput",),
        words=("paginationToken", "NextToken"),
        level=Level.WARN,
    ),
    Trouble(
        "dataset_refused",
        _("Amazon leaves out a part of the orders"),
        _(
            "Amazon refuses a data set, often in one region for some hours. Orders come in "
            "without it and are completed when it is back."
        ),
        (WAIT, TEST),
        words=("includedData", "PACKAGES", "FULFILLMENT"),
        level=Level.WARN,
    ),
    Trouble(
        "feed_rejected",
        _("Amazon's internal error: feed rejected"),
        _(
            "This is about the seller account, not about the parcel and not about Packbench: the "
            "account was downgraded, or a payment to Amazon is late."
        ),
        (
            Step(_("Notify Amazon again: it may have passed."), Action.NOTIFY_AGAIN),
            Step(_("Test the connection, connect the account again, then retry."), Action.TEST),
            Step(
                _("Check in Seller Central that the payment method is current and nothing is due."),
                Action.SELLER_CENTRAL,
            ),
            SUPPORT,
        ),
        amazon=("InternalServiceError", "Feed rejected"),
        words=("Amazon encountered an exception", "billing", "payment method"),
        seed="SEED-93",
    ),
    Trouble(
        "order_not_found",
        _("Amazon does not know the order"),
        _("The order is of another seller account or another region, or older than two years."),
        (LOOK, IMPORT),
        amazon=("NotFound", "404"),
    ),
    Trouble(
        "not_found",
        _("Amazon does not know what was asked for"),
        _("It is not there, or not for this account."),
        (Step(_("Look for it in Seller Central."), Action.SELLER_CENTRAL),),
        amazon=("NotFound", "404"),
    ),
    Trouble(
        "rejected",
        _("Amazon refused, for a reason of its own"),
        _(
            "Packbench does not know this refusal yet. Often it is about the account, not about "
            "the parcel: a late payment, a downgraded plan."
        ),
        (Step(_("Try once more."), Action.NOTIFY_AGAIN), TEST, RENEW, SUPPORT),
        amazon=("InvalidInput", "400"),
        seed="SEED-93",
        is_unknown=True,
    ),
    Trouble(
        "fault",
        _("A fault of Packbench"),
        _("The import stopped at an error of our own. What was read until then is kept."),
        (WAIT, Step(_("Download the diagnostics under Help and report it.")), IMPORT),
        is_unknown=True,
    ),
)
