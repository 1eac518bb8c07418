"""Feeds of confirmations: what is written, and what their reports may hold."""

import json
from xml.etree import ElementTree

import pytest

from packbench.channels.base import FeedState
from packbench.connectors.amazon import feeds
from packbench.connectors.amazon.marketplaces import by_country
from packbench.lib.errors import Rejected, TemporaryError

REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion></Header>
<MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>
<DocumentTransactionID>50</DocumentTransactionID><StatusCode>Complete</StatusCode>
<ProcessingSummary><MessagesProcessed>3</MessagesProcessed></ProcessingSummary>{results}
</ProcessingReport></Message></AmazonEnvelope>"""
RESULT = (
    "<Result><MessageID>{number}</MessageID><ResultCode>{code}</ResultCode>"
    "<ResultMessageCode>18028</ResultMessageCode><ResultDescription>{words}</ResultDescription>"
    "</Result>"
)


def report(*results):
    rows = "".join(RESULT.format(number=n, code=c, words=w) for n, c, w in results)
    return REPORT.format(results=rows).encode()


def messages(*confirmations):
    content = feeds.write_feed(list(enumerate(confirmations, 1)), "A2SELLER")
    return ElementTree.fromstring(content).findall("Message")


def test_each_parcel_is_a_message_in_the_order_of_amazons_schema(make_confirmation):
    [message] = messages(make_confirmation(items=(("11", 2), ("12", 1))))

    told = message.find("OrderFulfillment")
    assert message.findtext("MessageID") == "1"
    assert [node.tag for node in told] == [
        *("AmazonOrderID", "MerchantFulfillmentID", "FulfillmentDate", "FulfillmentData"),
        *("Item", "Item"),
    ]
    items = [(i.findtext("AmazonOrderItemCode"), i.findtext("Quantity")) for i in told.iter("Item")]
    assert items == [("11", "2"), ("12", "1")]


def test_a_carrier_that_amazon_does_not_know_goes_by_its_name(make_confirmation):
    known, other = messages(
        make_confirmation(carrier_code="DPD"),
        make_confirmation(carrier_code="Other", carrier_name="Swift Pigeons"),
    )

    assert known.findtext(".//CarrierCode") == "DPD"
    assert other.find(".//CarrierCode") is None
    assert other.findtext(".//CarrierName") == "Swift Pigeons"


def test_cash_on_delivery_is_told_in_japan_only_and_codes_with_their_item(make_confirmation):
    paid = {"is_cash_on_delivery": True}
    spain, japan = messages(
        make_confirmation(marketplace_id=by_country("ES").id, **paid),
        make_confirmation(
            marketplace_id=by_country("JP").id,
            items=(("11", 2),),
            transparency_codes=(("11", ("AZ1", "AZ2")),),
            **paid,
        ),
    )

    assert spain.find(".//CODCollectionMethod") is None
    assert japan.findtext(".//CODCollectionMethod") == "DirectPayment"
    assert [code.text for code in japan.findall(".//Item/TransparencyCode")] == ["AZ1", "AZ2"]


@pytest.mark.parametrize("text", ["<b>&amp;</b>", "]]>", "\x00\x07", "a\u2028b", "日本郵便"])
def test_whatever_stands_in_a_field_stays_in_it(make_confirmation, text):
    [message] = messages(make_confirmation(shipping_method=text + "x"))

    said = message.findtext(".//ShippingMethod")
    assert said == "".join(each for each in text if each.isprintable()) + "x"


def test_a_report_is_read_row_by_row_in_a_sellers_words():
    read = feeds.parse_report(
        report((7, "Error", "The tracking number is invalid."), (8, "Warning", "Late."))
    )

    assert (read.processed, list(read.refused)) == (3, [7])
    assert read.refused[7].code == "tracking_invalid"


def test_a_row_that_nobody_has_explained_keeps_amazons_words():
    read = feeds.parse_report(report((7, "Error", "Something new."), (7, "Error", "And more.")))

    assert isinstance(read.refused[7], Rejected)
    assert read.refused[7].code == "rejected"
    assert "Something new." in str(read.refused[7])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Sign in</html>",
        b"{}",
        REPORT.format(results="").encode()[:-40],
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + REPORT.format(results="").encode(),
        REPORT.format(results="").replace(">3<", ">many<").encode(),
    ],
)
def test_what_is_no_report_is_tried_again(content):
    with pytest.raises(TemporaryError):
        feeds.parse_report(content)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("IN_QUEUE", FeedState.WAITING),
        ("DONE", FeedState.DONE),
        ("FATAL", FeedState.ABORTED),
        ("CANCELLED", FeedState.CANCELLED),
        ("SOMETHING_NEW", FeedState.WAITING),
    ],
)
def test_where_a_feed_stands(word, state):
    body = f'{{"feedId": "1", "feedType": "X", "createdTime": "x", "processingStatus": "{word}"}}'

    assert feeds.parse_feed(body.encode()).state is state


def test_amazons_own_examples_are_read(pairs):
    parsers = {
        "getFeed": feeds.parse_feed,
        "getFeeds": feeds.parse_feeds,
        "createFeed": feeds.parse_created,
    }
    read = 0
    for pair in pairs:
        parse = parsers.get(pair["operationId"])
        if parse and pair["file"].startswith("feeds") and pair["status"].startswith("2"):
            assert parse(json.dumps(pair["response"]).encode())
            read += 1

    assert read >= 3
