"""The seller's own queue at AWS: two calls of SQS, signed with the seller's key.

Only that an order changed is taken from a message, never what it says of the order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from msgspec import Struct

from packbench.channels.base import Hint, QueueAccess
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.report_rows import ORDER_ID
from packbench.connectors.amazon.signing import AwsKey, signed_headers
from packbench.lib import clock
from packbench.lib.errors import BadCredentials, Rejected, TemporaryError
from packbench.lib.http import send
from packbench.lib.sentences import marked

log = structlog.get_logger("amazon")

QUEUE = re.compile(
    r"https://sqs\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com"
    r"/(?P<account>\d{12})/(?P<name>[\w-]{1,80})"
)
AT_ONCE = 10  # what SQS gives at most
WAIT_S = 2  # more than nothing: then SQS asks all of its servers
HIDDEN_S = 120  # so long a message that was received stays away from others
SELLER_ID = re.compile(r"[A-Z0-9]{10,32}")

NOT_A_QUEUE = marked(
    "This is not the address of an SQS queue. Copy it from the AWS console: %(example)s"
)
EXAMPLE = "https://sqs.eu-west-1.amazonaws.com/123456789012/packbench-orders"
KEY_REFUSED = marked(
    "AWS does not accept this access key for the queue. It needs sqs:ReceiveMessage and "
    "sqs:DeleteMessage on the queue, and nothing else."
)
NO_QUEUE = marked("AWS knows no queue of this address. Copy it again from the AWS console.")
QUEUE_REFUSED = marked("AWS refused to give messages of the queue (%(aws_code)s).")
QUEUE_BUSY = marked("AWS cannot give messages of the queue at the moment (%(status)s).")


class _Message(Struct):
    ReceiptHandle: str = ""
    Body: str = ""


class _Messages(Struct):
    Messages: list[_Message] | None = None


class _Change(Struct):
    SellerId: str = ""
    AmazonOrderId: str = ""


class _Payload(Struct):
    OrderChangeNotification: _Change | None = None


class _Notification(Struct):
    NotificationType: str = ""
    Payload: _Payload | None = None


class _Fault(Struct, rename={"kind": "__type"}):
    kind: str = ""


_messages = msgspec.json.Decoder(_Messages, strict=False)
_notification = msgspec.json.Decoder(_Notification, strict=False)
_fault = msgspec.json.Decoder(_Fault, strict=False)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue by its parts, and where it is really asked."""

    url: str
    region: str
    endpoint: str


def queue_of(url: str, *, sandbox_url: str | None = None) -> Queue:
    """Read the address. Nothing but AWS is ever called. Raises Rejected."""
    found = QUEUE.fullmatch(url.strip())
    if found is None:
        raise Rejected(NOT_A_QUEUE, code="not_a_queue", example=EXAMPLE)
    base = f"{sandbox_url.rstrip('/')}/sqs/{found['region']}" if sandbox_url else None
    host = f"https://{urlsplit(found[0]).netloc}"
    return Queue(found[0], found["region"], f"{base or host}/")


def arn_of(url: str) -> str:
    found = QUEUE.fullmatch(url)
    if found is None:
        raise Rejected(NOT_A_QUEUE, code="not_a_queue", example=EXAMPLE)
    return f"arn:aws:sqs:{found['region']}:{found['account']}:{found['name']}"


class SqsQueue:
    """Implements ChangeQueue. Each call ends within the deadline of `lib.http`."""

    def __init__(
        self,
        access: QueueAccess,
        *,
        http: httpx.Client,
        sandbox_url: str | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._queue = queue_of(access.url, sandbox_url=sandbox_url)
        self._key = AwsKey(access.key_id, access.secret)
        self._http, self._now = http, now

    def receive(self) -> tuple[Hint, ...]:
        content = self._call(
            "ReceiveMessage",
            MaxNumberOfMessages=AT_ONCE,
            WaitTimeSeconds=WAIT_S,
            VisibilityTimeout=HIDDEN_S,
        )
        received = decoded(_messages, content) or _Messages()
        return tuple(_hint(each) for each in received.Messages or () if each.ReceiptHandle)

    def delete(self, hints: tuple[Hint, ...]) -> None:
        if not hints:
            return
        entries = [{"Id": str(n), "ReceiptHandle": hint.receipt} for n, hint in enumerate(hints)]
        self._call("DeleteMessageBatch", Entries=entries)

    def _call(self, action: str, **parameters: Any) -> bytes:
        """Make the call. Repeatable: what is received or deleted twice changes nothing."""
        body = msgspec.json.encode({"QueueUrl": self._queue.url, **parameters})
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"AmazonSQS.{action}",
        }
        request = self._http.build_request(
            "POST",
            self._queue.endpoint,
            content=body,
            headers=signed_headers(
                self._key,
                method="POST",
                url=self._queue.endpoint,
                headers=headers,
                body=body,
                region=self._queue.region,
                service="sqs",
                now=self._now(),
            ),
        )
        answer = send(self._http, request, repeatable=True)
        log.info("aws.called", operation=action, status=answer.status_code)
        if answer.status_code == 200:
            return answer.content
        raise _failure(answer)


def _failure(answer: httpx.Response) -> Exception:
    fault = decoded(_fault, answer.content) or _Fault()
    code = re.sub(r"[^\w.]", "", fault.kind.rpartition("#")[2])[:80]
    request_id = answer.headers.get("x-amzn-requestid", "")[:100]
    if answer.status_code == 429 or answer.status_code >= 500 or "Throttl" in code:
        return TemporaryError(
            QUEUE_BUSY, code="queue_busy", request_id=request_id, status=answer.status_code
        )
    if "NonExistentQueue" in code or "QueueDoesNotExist" in code:
        return Rejected(NO_QUEUE, code="no_queue", request_id=request_id)
    if answer.status_code == 403 or any(word in code for word in ("Token", "Access", "Signature")):
        return BadCredentials(KEY_REFUSED, code="queue_key_refused", request_id=request_id)
    return Rejected(QUEUE_REFUSED, code="queue_refused", request_id=request_id, aws_code=code)


def _hint(message: _Message) -> Hint:
    """What the message names. One that cannot be read is a message all the same: to be deleted."""
    told = decoded(_notification, message.Body.encode())
    change = told.Payload.OrderChangeNotification if told and told.Payload else None
    if (
        change is None
        or not ORDER_ID.fullmatch(change.AmazonOrderId)
        or not SELLER_ID.fullmatch(change.SellerId)
    ):
        return Hint(receipt=message.ReceiptHandle)
    return Hint(
        receipt=message.ReceiptHandle,
        seller_id=change.SellerId,
        order_id=change.AmazonOrderId,
    )
