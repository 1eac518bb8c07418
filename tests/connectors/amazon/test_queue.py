"""The signature of AWS's own examples, and what of a message is taken over."""

from datetime import UTC, datetime

import pytest

from packbench.channels.base import QueueAccess
from packbench.connectors.amazon.signing import AwsKey, signed_headers
from packbench.connectors.amazon.sqs import SqsQueue, arn_of, queue_of
from packbench.lib.errors import Rejected

KEY = AwsKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/packbench-orders"


@pytest.mark.parametrize(
    ("method", "headers", "body", "signature"),
    [  # get-vanilla, post-vanilla, post-x-www-form-urlencoded of AWS's test suite
        ("GET", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "POST",
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_the_signature_is_that_of_awss_own_examples(method, headers, body, signature):
    signed = signed_headers(
        KEY,
        method=method,
        url="https://example.amazonaws.com/",
        headers=headers,
        body=body,
        region="us-east-1",
        service="service",
        now=MOMENT,
    )

    assert signed["authorization"].endswith(f"Signature={signature}")


def test_nothing_shows_the_key():
    access = QueueAccess(url=URL, key_id=KEY.key_id, secret=KEY.secret)

    for value in (KEY, access, SqsQueue(access, http=None)):
        assert KEY.secret not in f"{value!r} {value}"


def test_the_address_says_region_and_name():
    assert queue_of(URL).endpoint == "https://sqs.eu-west-1.amazonaws.com/"
    assert arn_of(URL) == "arn:aws:sqs:eu-west-1:123456789012:packbench-orders"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "packbench-orders",
        URL.replace("https", "http"),
        URL.replace("123456789012", "1"),
        URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        URL.replace("https://", "https://user@"),
        URL + "/../other",
        URL + ".fifo",
    ],
)
def test_nothing_but_a_queue_of_aws_is_called(url):
    with pytest.raises(Rejected):
        queue_of(url)
