"""Feeds API 2021-06-30: confirmations by the file, worked off after a while, and the report of it.

What a feed does happens at its own moment, before whatever is asked next: `work_off`.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from packbench_sandbox.amazon import confirming
from packbench_sandbox.amazon.gate import Caller, denied
from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer, invalid, refuse
from packbench_sandbox.world.world import World

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

CONFIRMATIONS = "POST_ORDER_FULFILLMENT_DATA"
IN_QUEUE = 0.2  # of the time that a feed takes
UPLOAD_WITHIN = 300.0  # seconds
ENVELOPE = "AmazonEnvelope"
XML = "text/xml; charset=UTF-8"
_NUMBER = 60000000000


def create_document(request: Request, caller: Caller, world: World, *, url: str) -> Response:
    """`POST /feeds/2021-06-30/documents`: where to put the file, for five minutes."""
    facts = request.json()
    kind = facts.get("contentType") if isinstance(facts, dict) else None
    if not isinstance(kind, str) or not kind:
        raise invalid("contentType is required.")
    entry = world.ledger.append(
        "feed.document", at=world.clock.now(), seller_id=caller.seller.id, content_type=kind
    )
    document_id = _document_id(entry["number"])
    body = {"feedDocumentId": document_id, "url": f"{url}/uploads/{document_id}"}
    return answer(body, 201)


def upload(request: Request, world: World, document_id: str) -> Response:
    """`PUT` to the presigned address: no token, the same content type, once or again."""
    entry = _entry(world, "feed.document", document_id)
    now = world.clock.now()
    is_late = now > entry["at"] + UPLOAD_WITHIN
    if is_late or request.headers.get("content-type") != entry["content_type"]:
        raise Refusal(Response(403, b"<Error><Code>AccessDenied</Code></Error>", "text/xml"))
    content = request.body.decode("utf-8", "replace")
    world.ledger.append("feed.uploaded", at=now, document_id=document_id, content=content)
    return Response(200, b"", "")


def create_feed(request: Request, caller: Caller, sandbox: Sandbox) -> Response:
    """`POST /feeds/2021-06-30/feeds`. A seller's feeds are worked off one after the other."""
    facts = request.json()
    facts = facts if isinstance(facts, dict) else {}
    if facts.get("feedType") != CONFIRMATIONS:
        raise invalid("feedType is missing or not supported here.")
    markets = facts.get("marketplaceIds") or []
    if not isinstance(markets, list) or not 1 <= len(markets) <= 25:
        raise invalid("marketplaceIds must hold 1 to 25 values.")
    if any(not caller.seller.participates_in(market) for market in markets):
        raise denied()
    world, document_id = sandbox.world, str(facts.get("inputFeedDocumentId") or "")
    if _uploaded(world, caller.seller.id, document_id) is None:
        raise invalid("inputFeedDocumentId is invalid: nothing was uploaded.")
    earlier = world.ledger.entries("feed.created", seller_id=caller.seller.id)
    now = world.clock.now()
    begins = max([now, *[feed["done_at"] for feed in earlier[-1:]]])
    entry = world.ledger.append(
        "feed.created",
        at=now,
        seller_id=caller.seller.id,
        client_id=caller.client_id,
        feed_type=CONFIRMATIONS,
        marketplaces=markets,
        document_id=document_id,
        begins_at=begins + IN_QUEUE * sandbox.feed_seconds,
        done_at=begins + sandbox.feed_seconds,
    )
    return answer({"feedId": _feed_id(entry)}, 202)


def get_feed(caller: Caller, world: World, feed_id: str) -> Response:
    """`GET /feeds/2021-06-30/feeds/{feedId}`."""
    return answer(_shown(_feed(caller, world, feed_id), world))


def get_feeds(request: Request, caller: Caller, world: World) -> Response:
    """`GET /feeds/2021-06-30/feeds`: the latest first."""
    _check_search(request)
    since = parse_iso(request.first("createdSince")) if request.first("createdSince") else 0.0
    size = int(request.first("pageSize", "10"))
    kinds = ",".join(request.query["feedTypes"]).split(",")
    feeds = world.ledger.entries("feed.created", seller_id=caller.seller.id)
    found = [each for each in feeds if each["at"] >= since and each["feed_type"] in kinds]
    return answer({"feeds": [_shown(each, world) for each in found[::-1][:size]]})


def get_document(caller: Caller, world: World, document_id: str, *, url: str) -> Response:
    """`GET /feeds/2021-06-30/documents/{feedDocumentId}`: where to download a report."""
    done = _done(world, document_id)
    if done is None or done["seller_id"] != caller.seller.id:
        raise refuse(404, "NotFound", f"Document {document_id} was not found.")
    return answer(
        {
            "feedDocumentId": document_id,
            "url": f"{url}/feed-reports/{document_id}",
            "compressionAlgorithm": "GZIP",
        }
    )


def download(world: World, document_id: str) -> Response:
    """The processing report. No token is asked for."""
    done = _done(world, document_id)
    if done is None:
        raise refuse(404, "NotFound", "There is no such document.")
    return Response(200, gzip.compress(_report(done), 1), "text/xml")


def work_off(sandbox: Sandbox) -> None:
    """Let every feed happen whose moment has come. The caller holds the world's lock."""
    world = sandbox.world
    created = world.ledger.entries("feed.created")
    done = world.ledger.count("feed.done")
    if len(created) == done:
        return
    known = {entry["feed"] for entry in world.ledger.entries("feed.done")}
    now = world.clock.now()
    for entry in sorted(created, key=lambda each: each["done_at"]):
        if entry["done_at"] <= now and _feed_id(entry) not in known:
            _work_off(entry, sandbox)


def _work_off(feed: Entry, sandbox: Sandbox) -> None:
    world, feed_id = sandbox.world, _feed_id(feed)
    fault = sandbox.faults.take("processFeed", feed_id, b"")
    ending = {"fatal": "FATAL", "cancelled": "CANCELLED"}.get(fault.kind if fault else "", "DONE")
    uploaded = _uploaded(world, feed["seller_id"], feed["document_id"])
    try:
        messages = _messages(uploaded["content"] if uploaded else "")
    except ElementTree.ParseError:
        messages, ending = [], "FATAL"
    results: list[dict[str, Any]] = []
    if ending == "FATAL":
        messages = messages[: len(messages) // 2]  # aborted half-way
    for number, body in messages if ending != "CANCELLED" else []:
        if refusal := _confirm(feed, body, world):
            order_id = body["order_id"]
            results.append({"message": number, "order_id": order_id, "text": refusal})
    world.ledger.append(
        "feed.done",
        at=feed["done_at"],
        feed=feed_id,
        seller_id=feed["seller_id"],
        ending=ending,
        processed=len(messages),
        results=results,
    )


def _confirm(feed: Entry, body: dict[str, Any], world: World) -> str:
    """Take one message as a package; return why not, or nothing.

    Every message is a package of its own: the same one sent again is not known again.
    """
    order = world.orders_of(feed["seller_id"]).get(body["order_id"])
    at = feed["done_at"]
    state = order.state(at) if order else None
    if order is None or state is None:
        return f"The Amazon order ID {body['order_id']} is invalid."
    detail = body["packageDetail"] | {"packageReferenceId": _next_reference(state.packages)}
    try:
        confirming.check(order, state, body | {"packageDetail": detail}, feed["marketplaces"])
    except Refusal as refusal:
        return confirming.words_of(refusal)
    entry = world.ledger.append(
        "shipment.confirmed",
        at=at,
        order_id=order.id,
        seller_id=feed["seller_id"],
        client_id=feed["client_id"],
        reference=detail["packageReferenceId"],
        feed=_feed_id(feed),
        cod=body.get("codCollectionMethod", ""),
        package=confirming.package(detail, world.sellers[feed["seller_id"]], now=at),
        settle_seconds=world.settle_seconds,
    )
    world.replay(entry)
    return ""


def _next_reference(packages: dict[str, Any]) -> str:
    """Amazon numbers what comes by feed; the seller's own number is not used."""
    taken = [int(each) for each in packages if int(each) < 10**6]
    return str(max(taken, default=0) + 1)


def _messages(content: str) -> list[tuple[str, dict[str, Any]]]:
    """Each message with its number, as the body of confirmShipment would say it."""
    if "<!" in content:
        raise ElementTree.ParseError("No declarations here.")
    root = ElementTree.fromstring(content)  # noqa: S314 - without entities it cannot swell
    kind = root.findtext("MessageType")
    if root.tag != ENVELOPE or kind != "OrderFulfillment" or root.find("Header") is None:
        raise ElementTree.ParseError("Not an envelope of order fulfillments.")
    return [
        (message.findtext("MessageID") or "", _body(found))
        for message in root.findall("Message")
        if (found := message.find("OrderFulfillment")) is not None
    ]


def _body(said: Element) -> dict[str, Any]:
    data = said.find("FulfillmentData")
    data = data if data is not None else Element("FulfillmentData")
    name = data.findtext("CarrierName")
    detail = {
        "carrierCode": "Other" if name else data.findtext("CarrierCode"),
        "carrierName": name,
        "shippingMethod": data.findtext("ShippingMethod"),
        "trackingNumber": data.findtext("ShipperTrackingNumber"),
        "shipDate": said.findtext("FulfillmentDate"),
        "orderItems": [_item(item) for item in said.findall("Item")],
    }
    body: dict[str, Any] = {
        "order_id": said.findtext("AmazonOrderID") or "",
        "packageDetail": {key: value for key, value in detail.items() if value},
    }
    if method := said.findtext("CODCollectionMethod"):
        body["codCollectionMethod"] = method
    return body


def _item(item: Element) -> dict[str, Any]:
    quantity = item.findtext("Quantity") or ""
    codes = [code.text or "" for code in item.findall("TransparencyCode")]
    return {
        "orderItemId": item.findtext("AmazonOrderItemCode") or "",
        "quantity": int(quantity) if quantity.isdigit() else 0,
        **({"transparencyCodes": codes} if codes else {}),
    }


def _report(done: Entry) -> bytes:
    root = Element(ENVELOPE)
    header = SubElement(root, "Header")
    SubElement(header, "DocumentVersion").text = "1.02"
    SubElement(header, "MerchantIdentifier").text = done["seller_id"]
    SubElement(root, "MessageType").text = "ProcessingReport"
    message = SubElement(root, "Message")
    SubElement(message, "MessageID").text = "1"
    report = SubElement(message, "ProcessingReport")
    SubElement(report, "DocumentTransactionID").text = done["feed"]
    SubElement(report, "StatusCode").text = "Complete"
    summary = SubElement(report, "ProcessingSummary")
    failed = len(done["results"])
    for name, count in (
        ("MessagesProcessed", done["processed"]),
        ("MessagesSuccessful", done["processed"] - failed),
        ("MessagesWithError", failed),
        ("MessagesWithWarning", 0),
    ):
        SubElement(summary, name).text = str(count)
    for each in done["results"]:
        result = SubElement(report, "Result")
        SubElement(result, "MessageID").text = each["message"]
        SubElement(result, "ResultCode").text = "Error"
        SubElement(result, "ResultMessageCode").text = "18028"
        SubElement(result, "ResultDescription").text = each["text"]
        about = SubElement(result, "AdditionalInfo")
        SubElement(about, "AmazonOrderID").text = each["order_id"]
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _shown(feed: Entry, world: World) -> dict[str, Any]:
    now = world.clock.now()
    facts: dict[str, Any] = {
        "feedId": _feed_id(feed),
        "feedType": feed["feed_type"],
        "marketplaceIds": feed["marketplaces"],
        "createdTime": iso(feed["at"]),
    }
    if now < feed["begins_at"]:
        return facts | {"processingStatus": "IN_QUEUE"}
    facts["processingStartTime"] = iso(feed["begins_at"])
    done = world.ledger.entries("feed.done", feed=_feed_id(feed))
    if not done:
        return facts | {"processingStatus": "IN_PROGRESS"}
    facts |= {"processingEndTime": iso(feed["done_at"]), "processingStatus": done[0]["ending"]}
    if done[0]["ending"] == "DONE":
        facts["resultFeedDocumentId"] = _document_id(done[0]["number"])
    return facts


def _check_search(request: Request) -> None:
    if not request.first("feedTypes"):
        raise invalid("feedTypes is required.")
    size = request.first("pageSize", "10")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise invalid("pageSize must be between 1 and 100.")


def _feed(caller: Caller, world: World, feed_id: str) -> Entry:
    for entry in world.ledger.entries("feed.created", seller_id=caller.seller.id):
        if _feed_id(entry) == feed_id:
            return entry
    raise refuse(404, "NotFound", f"Feed {feed_id} was not found.")


def _entry(world: World, kind: str, document_id: str) -> Entry:
    for entry in world.ledger.entries(kind):
        if _document_id(entry["number"]) == document_id:
            return entry
    raise refuse(404, "NotFound", f"Document {document_id} was not found.")


def _done(world: World, document_id: str) -> Entry | None:
    done = world.ledger.entries("feed.done")
    return next((each for each in done if _document_id(each["number"]) == document_id), None)


def _uploaded(world: World, seller_id: str, document_id: str) -> Entry | None:
    """The last upload to a document of the seller."""
    owned = world.ledger.entries("feed.document", seller_id=seller_id)
    if not any(_document_id(each["number"]) == document_id for each in owned):
        return None
    uploads = world.ledger.entries("feed.uploaded", document_id=document_id)
    return uploads[-1] if uploads else None


def _feed_id(entry: Entry) -> str:
    return str(_NUMBER + int(entry["number"]))


def _document_id(number: int) -> str:
    return f"amzn1.tortuga.4.eu.{number}"
