"""What Amazon's refusals become: an error of ours, a sentence, Amazon's number for the call."""

import re

from packbench.connectors.amazon.answers import Answer, Fault
from packbench.connectors.amazon.operations import Operation
from packbench.lib.errors import (
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.lib.sentences import marked

NOT_SP_API = marked(
    "Amazon's answer to %(operation)s could not be read. Packbench tries again; if it stays "
    "so, check for a proxy between this machine and Amazon."
)
NOT_SP_API_IN_DOUBT = marked(
    "Amazon's answer to %(operation)s could not be read. It may have happened."
)
ROLE_MISSING = marked(
    "Amazon denies %(operation)s to this application. Give it the role “%(role)s” in the "
    "Solution Provider Portal, then authorize the account again."
)
UNAVAILABLE = marked("Amazon is not available at the moment (%(operation)s, %(status)s).")
MAY_HAVE_HAPPENED = marked(
    "Amazon failed while it worked on %(operation)s (%(status)s). It may have happened."
)
REFUSED = marked("Amazon refused %(operation)s: %(message)s (%(amazon_code)s)")
UNKNOWN_THERE = marked("Amazon does not know what %(operation)s asked for: %(message)s")

FEED_REJECTED = marked(
    "Amazon met an error of its own while it worked on %(operation)s: feed rejected. That is "
    "about the seller account, not about the parcel."
)
PAGE_EXPIRED = marked(
    "Amazon no longer takes the mark of the page to go on at. Packbench begins this import again."
)
TIME_REFUSED = marked(
    "Amazon refused the times that %(operation)s asked for. Check the clock of this machine."
)

NO_MESSAGE = "no reason given"

# Which code a denial has: by the model that the operation is of.
DENIED = (
    ("orders", "role_missing_orders"),
    ("sellers", "role_missing_insights"),
    ("catalogItems", "role_missing_listing"),
    ("listingsItems", "role_missing_listing"),
    ("feeds", "role_missing_feeds"),
    ("reports", "role_missing_reports"),
)
# The first that fits Amazon's code and words decides.
FEED = (r"feed rejected", "feed_rejected", FEED_REJECTED)
KNOWN = (
    FEED,
    (r"(pagination|next) ?token", "page_token_expired", PAGE_EXPIRED),
    (r"\b(created|lastUpdated)(After|Before)\b", "time_refused", TIME_REFUSED),
)


class AccessDenied(Rejected):
    """The application lacks a role for this call or for a data set that it asked for."""

    def __init__(
        self,
        text: str,
        *,
        fault: Fault,
        request_id: str,
        code: str = "access_denied",
        **values: object,
    ) -> None:
        super().__init__(text, code=code, request_id=request_id, **values)
        self.fault = fault


class Refused(Rejected):
    """Amazon understood and said no; `fault` holds its own code and message."""

    def __init__(
        self,
        text: str,
        *,
        fault: Fault,
        request_id: str,
        code: str = "rejected",
        **values: object,
    ) -> None:
        super().__init__(text, code=code, request_id=request_id, **values)
        self.fault = fault


class ContractError(TemporaryError):
    """What came back is not what Amazon's model promises: a gateway's page, a broken body."""


def contract_error(operation: Operation, request_id: str = "") -> ContractError:
    return ContractError(
        NOT_SP_API, code="contract", request_id=request_id, operation=operation.name
    )


def unreadable(operation: Operation, request_id: str = "") -> RemoteError:
    """Return what it means that something came back, and nobody can say what.

    A gateway's page may hide a purchase: what may not be repeated is in doubt.
    """
    if operation.is_repeatable:
        return contract_error(operation, request_id)
    return OutcomeUnknown(
        NOT_SP_API_IN_DOUBT,
        code="may_have_happened",
        request_id=request_id,
        operation=operation.name,
    )


def failure(answer: Answer, operation: Operation) -> RemoteError:
    """Return the error that an answer outside 2xx stands for; 429 is the throttle's."""
    if answer.status < 400:  # no redirect is followed: it is no answer
        return unreadable(operation, answer.request_id)
    if _is(FEED, answer):  # whatever the status: asking again changes nothing
        return _refused(answer, operation)
    if answer.status >= 500 or answer.status == 408:
        return _outage(answer, operation)
    if not answer.is_readable:
        return contract_error(operation, answer.request_id)
    if answer.status in (401, 403):
        return _denied(answer, operation)
    if answer.status == 404:
        return _unknown(answer, operation)
    return _refused(answer, operation)


def _outage(answer: Answer, operation: Operation) -> RemoteError:
    about = {"operation": operation.name, "status": answer.status}
    if not operation.is_repeatable:
        return OutcomeUnknown(
            MAY_HAVE_HAPPENED, code="may_have_happened", request_id=answer.request_id, **about
        )
    return TemporaryError(
        UNAVAILABLE,
        code="unavailable",
        request_id=answer.request_id,
        retry_after=answer.retry_after,
        **about,
    )


def _denied(answer: Answer, operation: Operation) -> AccessDenied:
    return AccessDenied(
        ROLE_MISSING,
        code=_denial(operation),
        fault=answer.fault,
        request_id=answer.request_id,
        operation=operation.name,
        role=operation.role,
    )


def _denial(operation: Operation) -> str:
    codes = (code for beginning, code in DENIED if operation.model.startswith(beginning))
    return next(codes, "access_denied")


def _unknown(answer: Answer, operation: Operation) -> NotFound:
    return NotFound(
        UNKNOWN_THERE,
        code="order_not_found" if "orderId" in operation.path_names else "not_found",
        request_id=answer.request_id,
        operation=operation.name,
        message=answer.fault.message or NO_MESSAGE,
    )


def _refused(answer: Answer, operation: Operation) -> RemoteError:
    fault = answer.fault
    known = next((row for row in KNOWN if _is(row, answer)), None)
    if known is None and not 400 <= answer.status < 500:
        return contract_error(operation, answer.request_id)
    _, code, text = known or ("", "rejected", REFUSED)
    return Refused(
        text,
        code=code,
        fault=fault,
        request_id=answer.request_id,
        operation=operation.name,
        message=fault.message or NO_MESSAGE,
        amazon_code=fault.code or answer.status,
    )


def _is(row: tuple[str, str, str], answer: Answer) -> bool:
    return bool(re.search(row[0], answer.fault.text, re.IGNORECASE))
