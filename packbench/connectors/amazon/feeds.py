"""Many confirmations in one feed: written as XML, sent off, waited for, its report read by row.

No feed in JSON confirms orders (`spapi.md` §1.8): it is POST_ORDER_FULFILLMENT_DATA. Amazon does
not use the seller's own number of a package there, so a repeated message is another package.
"""

import gzip
import io
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import httpx
import msgspec
from msgspec import Struct

from packbench.channels.base import Confirmation, Feed, FeedReport, FeedState
from packbench.connectors.amazon.answers import Fault, clean
from packbench.connectors.amazon.confirming import is_paid_at_the_door, words_for
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import contract_error
from packbench.connectors.amazon.messages import FEED_OF_CONFIRMATIONS, iso
from packbench.connectors.amazon.operations import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
    GET_FEEDS,
)
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.times import instant
from packbench.lib.errors import Rejected, TemporaryError
from packbench.lib.http import send
from packbench.lib.sentences import marked

CONTENT_TYPE = "text/xml; charset=UTF-8"
MOST_BYTES = 64 * 1024 * 1024  # of a report, unpacked
SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
STATES = {
    "IN_QUEUE": FeedState.WAITING,
    "IN_PROGRESS": FeedState.WAITING,
    "DONE": FeedState.DONE,
    "CANCELLED": FeedState.CANCELLED,
    "FATAL": FeedState.ABORTED,
}
NOT_UPLOADED = marked("The feed of confirmations could not be uploaded (%(status)s).")
NOT_DOWNLOADED = marked("The report of a feed could not be downloaded (%(status)s).")


class _Document(Struct):
    feedDocumentId: str
    url: str
    compressionAlgorithm: str | None = None


class _Created(Struct):
    feedId: str


class _Feed(Struct):
    feedId: str
    processingStatus: str = ""
    createdTime: str | None = None
    resultFeedDocumentId: str | None = None


class _Feeds(Struct):
    feeds: list[_Feed]


_document = msgspec.json.Decoder(_Document, strict=False)
_created = msgspec.json.Decoder(_Created, strict=False)
_feed = msgspec.json.Decoder(_Feed, strict=False)
_feeds = msgspec.json.Decoder(_Feeds, strict=False)


def document_call() -> Call:
    body = msgspec.json.encode({"contentType": CONTENT_TYPE})
    return Call(CREATE_FEED_DOCUMENT, body=body)


def feed_call(document_id: str, marketplace_ids: tuple[str, ...]) -> Call:
    body = {
        "feedType": FEED_OF_CONFIRMATIONS,
        "marketplaceIds": list(marketplace_ids),
        "inputFeedDocumentId": document_id,
    }
    return Call(CREATE_FEED, body=msgspec.json.encode(body))


def state_call(feed_id: str) -> Call:
    return Call(GET_FEED, path={"feedId": feed_id})


def since_call(since: datetime) -> Call:
    """Feeds of confirmations since then; a page is more than a seller makes in that time."""
    query: dict[str, str | int | tuple[str, ...]] = {
        "feedTypes": (FEED_OF_CONFIRMATIONS,),
        "createdSince": iso(since),
        "pageSize": 100,
    }
    return Call(GET_FEEDS, query=query)


def report_call(document_id: str) -> Call:
    return Call(GET_FEED_DOCUMENT, path={"feedDocumentId": document_id})


def write_feed(rows: Iterable[tuple[int, Confirmation]], seller_id: str) -> bytes:
    """The document; each row's number comes back in the report."""
    root = Element("AmazonEnvelope", {SCHEMA: "amzn-envelope.xsd"})
    header = SubElement(root, "Header")
    _put(header, "DocumentVersion", "1.01")
    _put(header, "MerchantIdentifier", seller_id)
    _put(root, "MessageType", "OrderFulfillment")
    for number, confirmation in rows:
        message = SubElement(root, "Message")
        _put(message, "MessageID", str(number))
        _write(SubElement(message, "OrderFulfillment"), confirmation)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def upload(http: httpx.Client, body: bytes, content: bytes) -> str:
    """Put the content where createFeedDocument said and return the document's id.

    The address is signed for five minutes: no token goes there. Raises TemporaryError.
    """
    document = decoded(_document, body)
    if document is None or urlsplit(document.url).scheme not in ("https", "http"):
        raise contract_error(CREATE_FEED_DOCUMENT)
    headers = {"content-type": CONTENT_TYPE}
    request = http.build_request("PUT", document.url, content=content, headers=headers)
    answer = send(http, request, repeatable=True)
    if not answer.is_success:
        raise TemporaryError(NOT_UPLOADED, code="unavailable", status=answer.status_code)
    return document.feedDocumentId


def parse_created(body: bytes) -> str:
    created = decoded(_created, body)
    if created is None:
        raise contract_error(CREATE_FEED)
    return created.feedId


def parse_feed(body: bytes) -> Feed:
    """Where a feed stands; a word that we do not know counts as being worked on."""
    feed = decoded(_feed, body)
    if feed is None:
        raise contract_error(GET_FEED)
    return _read(feed)


def parse_feeds(body: bytes) -> tuple[Feed, ...]:
    listed = decoded(_feeds, body)
    if listed is None:
        raise contract_error(GET_FEEDS)
    return tuple(_read(each) for each in listed.feeds)


def download(http: httpx.Client, body: bytes) -> bytes:
    """Fetch what getFeedDocument points at, unpacked. Raises TemporaryError."""
    document = decoded(_document, body)
    if document is None or urlsplit(document.url).scheme not in ("https", "http"):
        raise contract_error(GET_FEED_DOCUMENT)
    answer = send(http, http.build_request("GET", document.url), repeatable=True)
    if answer.status_code != 200:
        raise TemporaryError(NOT_DOWNLOADED, code="unavailable", status=answer.status_code)
    if document.compressionAlgorithm != "GZIP":
        return answer.content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(answer.content)) as packed:
            content = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError):
        content = b""
    if not content or len(content) > MOST_BYTES:
        raise contract_error(GET_FEED_DOCUMENT)
    return content


def parse_report(content: bytes) -> FeedReport:
    """Read the processing report row by row. Raises TemporaryError where it is none."""
    root = _parsed(content)
    report = root.find("Message/ProcessingReport") if root is not None else None
    processed = report.findtext("ProcessingSummary/MessagesProcessed") if report is not None else ""
    if report is None or not (processed or "").strip().isdecimal():
        raise contract_error(GET_FEED_DOCUMENT)
    refused: dict[int, Rejected] = {}
    for result in report.findall("Result"):
        number = (result.findtext("MessageID") or "").strip()
        if number.isdecimal() and (result.findtext("ResultCode") or "").strip() == "Error":
            # The first of several counts: the others mostly follow from it.
            refused.setdefault(int(number), _refusal(result))
    return FeedReport(processed=int(processed or 0), refused=refused)


def _parsed(content: bytes) -> Element | None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None  # Amazon's reports have neither; entities could be made to swell
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - without entities it cannot swell
    except ElementTree.ParseError:
        return None


def _refusal(result: Element) -> Rejected:
    code = clean(result.findtext("ResultMessageCode"))
    return words_for(Fault(code=code, message=clean(result.findtext("ResultDescription"))))


def _read(feed: _Feed) -> Feed:
    return Feed(
        id=feed.feedId,
        state=STATES.get(feed.processingStatus, FeedState.WAITING),
        created_at=instant(feed.createdTime),
        document_id=feed.resultFeedDocumentId or "",
    )


def _write(node: Element, confirmation: Confirmation) -> None:
    """The elements in the order of Amazon's schema, which counts."""
    _put(node, "AmazonOrderID", confirmation.order_id)
    _put(node, "MerchantFulfillmentID", confirmation.package_reference)
    _put(node, "FulfillmentDate", iso(confirmation.shipped_at))
    data = SubElement(node, "FulfillmentData")
    if confirmation.carrier_code == "Other":
        _put(data, "CarrierName", confirmation.carrier_name)
    else:
        _put(data, "CarrierCode", confirmation.carrier_code)
    if confirmation.shipping_method:
        _put(data, "ShippingMethod", confirmation.shipping_method)
    _put(data, "ShipperTrackingNumber", confirmation.tracking_number)
    if is_paid_at_the_door(confirmation):
        _put(node, "CODCollectionMethod", "DirectPayment")
    codes = dict(confirmation.transparency_codes)
    for item_id, quantity in confirmation.items:
        item = SubElement(node, "Item")
        _put(item, "AmazonOrderItemCode", item_id)
        _put(item, "Quantity", str(quantity))
        for code in codes.get(item_id, ()):
            _put(item, "TransparencyCode", code)


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = "".join(each for each in text if each.isprintable())
