"""The seller's own queues at AWS: as much of SQS's JSON protocol as a reader of a queue needs.

Requests must be signed (Signature Version 4) with the one key that there is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from typing import TYPE_CHECKING, Any

from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

KEY_ID, SECRET = "AKIASANDBOX000000001", "sandbox/secret+of/the+queue"
EXAMPLE = "https://sqs.eu-west-1.amazonaws.com/123456789012/packbench-orders"
MOST_AT_ONCE = 10
_URL = re.compile(r"https://sqs\.([\w-]+)\.amazonaws\.com/(\d{12})/([\w-]{1,80})")
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([\w-]+)/sqs/aws4_request, "
    r"SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})"
)


class Queues:
    """What was sent is in the ledger; who has received what, and until when, is not."""

    def __init__(self) -> None:
        self.hidden_until: dict[int, float] = {}
        self.receipts: dict[str, int] = {}


def send(sandbox: Sandbox, arn: str, body: str) -> None:
    """Put a message into a queue, as Amazon or anybody with the right to send would."""
    now = sandbox.clock.now()
    sandbox.ledger.append("message.sent", at=now, arn=arn, body=body)


def call(sandbox: Sandbox, request: Request, region: str) -> Response:
    """`POST /sqs/{region}/`: what to do stands in a header, as in SQS's JSON protocol."""
    _check_signature(request, region)
    facts = request.json()
    arn = _arn(facts.get("QueueUrl", ""), region)
    action = request.headers.get("x-amz-target", "")
    if action == "AmazonSQS.ReceiveMessage":
        return _receive(sandbox, arn, facts)
    if action == "AmazonSQS.DeleteMessageBatch":
        return _delete(sandbox, facts)
    raise _refused(400, "com.amazonaws.sqs#UnsupportedOperation")


def _receive(sandbox: Sandbox, arn: str, facts: dict[str, Any]) -> Response:
    now, queues = sandbox.clock.now(), sandbox.queues
    most = min(int(facts.get("MaxNumberOfMessages", 1)), MOST_AT_ONCE)
    visible = [e for e in _messages(sandbox, arn) if queues.hidden_until.get(e["number"], 0) <= now]
    messages = []
    for entry in visible[:most]:
        receipt = uuid.uuid4().hex
        queues.receipts[receipt] = entry["number"]
        queues.hidden_until[entry["number"]] = now + float(facts.get("VisibilityTimeout", 30))
        messages.append(
            {
                "MessageId": str(uuid.UUID(int=entry["number"])),
                "ReceiptHandle": receipt,
                "MD5OfBody": hashlib.md5(entry["body"].encode()).hexdigest(),  # noqa: S324
                "Body": entry["body"],
            }
        )
    return answer({"Messages": messages} if messages else {})


def _delete(sandbox: Sandbox, facts: dict[str, Any]) -> Response:
    done = []
    for each in facts.get("Entries", [])[:MOST_AT_ONCE]:
        number = sandbox.queues.receipts.get(each["ReceiptHandle"])
        if number is not None and not sandbox.ledger.entries("message.deleted", message=number):
            sandbox.ledger.append("message.deleted", at=sandbox.clock.now(), message=number)
        done.append({"Id": each["Id"]})
    return answer({"Successful": done, "Failed": []})


def _messages(sandbox: Sandbox, arn: str) -> list[Entry]:
    deleted = {entry["message"] for entry in sandbox.ledger.entries("message.deleted")}
    sent = sandbox.ledger.entries("message.sent", arn=arn)
    return [entry for entry in sent if entry["number"] not in deleted]


def _arn(url: str, region: str) -> str:
    found = _URL.fullmatch(url)
    if found is None or found[1] != region or found[3].startswith("no-"):
        raise _refused(400, "com.amazonaws.sqs#QueueDoesNotExist")
    return f"arn:aws:sqs:{found[1]}:{found[2]}:{found[3]}"


def _check_signature(request: Request, region: str) -> None:
    """Refuse as AWS does. Written from AWS's description, apart from any client."""
    found = _SIGNED.fullmatch(request.headers.get("authorization", ""))
    if found is None or found[1] != KEY_ID:
        raise _refused(403, "com.amazon.coral.service#UnrecognizedClientException")
    _, day, scope_region, names, signature = found.groups()
    lines = [f"{name}:{request.headers.get(name, '').strip()}" for name in names.split(";")]
    digest = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, "", *lines, "", names, digest])
    scope = f"{day}/{scope_region}/sqs/aws4_request"
    parts = ["AWS4-HMAC-SHA256", request.headers.get("x-amz-date", ""), scope]
    text = "\n".join([*parts, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (day, scope_region, "sqs", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    made = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    is_whole = {"host", "x-amz-date", "x-amz-target"} <= set(names.split(";"))
    if scope_region != region or not is_whole or not hmac.compare_digest(made, signature):
        raise _refused(403, "com.amazon.coral.service#InvalidSignatureException")


def _refused(status: int, kind: str) -> Refusal:
    return Refusal(answer({"__type": kind, "message": "refused"}, status))
