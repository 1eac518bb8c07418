"""No byte on disk tells of a buyer while their data lives, and no backup after it ended."""

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
import zlib

import pytest

from tests.proofs.scanning import encodings, found_in, found_in_files
from tests.proofs.test_lives import run

MARK = "Zq5f3a9c0d1eé"


def check(verdict, *, backups):
    assert verdict["found_while_live"] == {}
    assert verdict["readable_on_the_first_day"] == verdict["orders"]  # the control
    assert verdict["backups"] == backups
    assert verdict["recoverable"] == 0
    assert verdict["found_after_erasure"] == {}


def test_some_canaries_are_in_no_byte_and_in_no_backup():
    check(run("tests.proofs.canaries", "--orders", "40", "--days", "2"), backups=2)


def test_the_control_finds_every_canary_where_nothing_is_sealed():
    verdict = run("tests.proofs.canaries", "--orders", "40", "--in-clear")

    assert verdict["found_in_clear"] == verdict["orders"] == 40


@pytest.mark.proof
def test_ten_thousand_canaries_are_in_no_byte_and_in_none_of_sixty_backups():
    check(run("tests.proofs.canaries", "--orders", "10000", "--days", "60"), backups=60)


@pytest.mark.proof
def test_the_control_finds_ten_thousand_canaries_where_nothing_is_sealed():
    verdict = run("tests.proofs.canaries", "--orders", "10000", "--in-clear")

    assert verdict["found_in_clear"] == verdict["orders"] == 10_000


@pytest.mark.parametrize("name", sorted(encodings(MARK)))
def test_the_search_knows_the_encoding(name, tmp_path):
    (tmp_path / "file").write_bytes(b"\0\xff before" + encodings(MARK)[name] + b"after \xfe")

    (names,) = found_in_files([tmp_path / "file"], [MARK]).values()

    assert name in names


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        lambda text: gzip.compress(text.encode() * 20),
        lambda text: b"junk" + zlib.compress(text.encode() * 20) + b"junk",
        lambda text: zipped(text * 20),
        lambda text: gzip.compress(zipped(text * 20)),
        lambda text: b"stream\n" + base64.a85encode(zlib.compress(text.encode() * 20)) + b"~>",
        lambda text: base64.b64encode(f"before {text} after".encode()),
        lambda text: base64.b64encode(f"a before {text} after".encode()),
        lambda text: base64.b64encode(f"as before {text} after".encode()),
        lambda text: json.dumps({"name": text}).encode(),
        lambda text: urllib.parse.quote(text).encode(),
        lambda text: html.escape(text).encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode().hex().upper().encode(),
    ],
)
def test_what_programs_make_of_a_name_is_found(made):
    assert found_in(made(f"<{MARK}00001>"), [MARK, MARK[2:-1]])
    assert not found_in(made("<Lucía Ferrer 00001>"), [MARK, MARK[2:-1]])
