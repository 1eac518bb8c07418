"""Reports of orders: asked for, waited for, downloaded; of their rows only the numbers are read.

The reports need no restricted role and hold no names (`spapi.md` §1.9): they tell which orders
there are, and getOrder tells the rest.
"""

import gzip
import io
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from packbench.channels.base import ListedOrder, Report, ReportQuery, ReportState
from packbench.connectors.amazon import marketplaces
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import contract_error
from packbench.connectors.amazon.messages import iso
from packbench.connectors.amazon.messages import parse_page as parse_orders
from packbench.connectors.amazon.operations import (
    CREATE_REPORT,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
)
from packbench.connectors.amazon.report_rows import ORDER_ID, Row, read_row
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.times import instant
from packbench.lib.errors import TemporaryError
from packbench.lib.http import send
from packbench.lib.sentences import marked

BY_ORDER = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
MOST_BYTES = 256 * 1024 * 1024  # unpacked: half a million orders
REQUIRED = ("amazon-order-id", "purchase-date", "order-status")
WAITING = frozenset({"unshipped", "partiallyshipped", "shipping"})
STATES = {
    "IN_QUEUE": ReportState.WAITING,
    "IN_PROGRESS": ReportState.WAITING,
    "DONE": ReportState.READY,
    "CANCELLED": ReportState.EMPTY,
    "FATAL": ReportState.FAILED,
}

NOT_DOWNLOADED = marked("The report of orders could not be downloaded (%(status)s).")


class _Asked(Struct):
    reportId: str


class _State(Struct):
    processingStatus: str = ""
    reportDocumentId: str | None = None


class _Document(Struct):
    url: str
    compressionAlgorithm: str | None = None


_asked = msgspec.json.Decoder(_Asked, strict=False)
_state = msgspec.json.Decoder(_State, strict=False)
_document = msgspec.json.Decoder(_Document, strict=False)


def report_call(query: ReportQuery) -> Call:
    body = {
        "reportType": BY_UPDATE if query.is_by_update else BY_ORDER,
        "marketplaceIds": list(query.marketplace_ids),
        "dataStartTime": iso(query.since),
        "dataEndTime": iso(query.until),
    }
    return Call(CREATE_REPORT, body=msgspec.json.encode(body))


def state_call(report_id: str) -> Call:
    return Call(GET_REPORT, path={"reportId": report_id})


def document_call(document_id: str) -> Call:
    return Call(GET_REPORT_DOCUMENT, path={"reportDocumentId": document_id})


def parse_asked(body: bytes) -> str:
    asked = decoded(_asked, body)
    if asked is None:
        raise contract_error(CREATE_REPORT)
    return asked.reportId


def parse_state(body: bytes) -> Report:
    """Where the report stands; a word that we do not know counts as being worked on."""
    state = decoded(_state, body)
    if state is None:
        raise contract_error(GET_REPORT)
    stands = STATES.get(state.processingStatus, ReportState.WAITING)
    if stands is ReportState.READY and not state.reportDocumentId:
        stands = ReportState.EMPTY
    return Report(state=stands, document_id=state.reportDocumentId or "")


def download(http: httpx.Client, body: bytes) -> bytes:
    """Fetch what getReportDocument points at, unpacked. Raises TemporaryError.

    The address is signed for a few minutes: no token goes there.
    """
    document = decoded(_document, body)
    if document is None or urlsplit(document.url).scheme not in ("https", "http"):
        raise contract_error(GET_REPORT_DOCUMENT)
    answer = send(http, http.build_request("GET", document.url), repeatable=True)
    if answer.status_code != 200:
        raise TemporaryError(NOT_DOWNLOADED, code="unavailable", status=answer.status_code)
    if document.compressionAlgorithm != "GZIP":
        return answer.content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(answer.content)) as packed:
            content = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError):
        content = None
    if content is None or len(content) > MOST_BYTES:
        raise contract_error(GET_REPORT_DOCUMENT)
    return content


def parse_report(content: bytes) -> tuple[ListedOrder, ...]:
    """Return each order of the report once. Rows without a number of Amazon's are passed over.

    Only numbers, times and Amazon's own words are read, which are ASCII in every charset that
    these reports come in. Raises TemporaryError where the file is another one.
    """
    lines = content.decode("ascii", "replace").removeprefix("\ufffd" * 3).split("\n")
    names = tuple(cell.strip().strip('"').lower() for cell in lines[0].split("\t"))
    if any(name not in names for name in REQUIRED):
        raise contract_error(GET_REPORT_DOCUMENT)
    listed: dict[str, ListedOrder] = {}
    for line in lines[1:]:
        order = _listed(read_row(line, names))
        if order:
            listed[order.external_id] = order
    return tuple(listed.values())


def parse_page(body: bytes) -> tuple[tuple[ListedOrder, ...], str]:
    """The orders of a page that was searched without data, and the token of the next."""
    page = parse_orders(body)
    listed = tuple(
        ListedOrder(
            external_id=order.external_id,
            created_at=order.created_at,
            updated_at=order.updated_at,
            marketplace_id=order.marketplace_id,
            is_ours_to_ship=order.is_ours_to_ship,
            is_from_channel=order.is_from_channel,
        )
        for order in page.orders
    )
    return listed, page.next_page_token


def _listed(row: Row) -> ListedOrder | None:
    created = instant(row["purchase-date"])
    if created is None or not ORDER_ID.fullmatch(row["amazon-order-id"]):
        return None
    status, channel = row["order-status"].lower().replace(" ", ""), row["sales-channel"].lower()
    return ListedOrder(
        external_id=row["amazon-order-id"],
        created_at=created,
        updated_at=instant(row["last-updated-date"]) or created,
        marketplace_id=_BY_DOMAIN.get(channel, ""),
        waits=status in WAITING,
        is_ours_to_ship=row["fulfillment-channel"].lower() not in ("amazon", "afn"),
        is_from_channel=not channel.startswith("non-amazon"),
    )


_BY_DOMAIN = {each.domain: each.id for each in marketplaces.MARKETPLACES}
