"""Archives of customizations that are made to harm: each ends in a sentence and nowhere else."""

import struct
import tempfile
import time

import pytest

from packbench.channels.customizations import LEFT_OUT
from packbench.connectors.amazon.custom import reading
from packbench.connectors.amazon.custom.reading import read_archive
from packbench.lib.confining import run_confined
from packbench.lib.errors import Rejected
from tests.connectors.amazon.hostile import KINDS, READ, attack

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")
MOST_S = 5.0
MOST_KB = 256 * 1024
EVERYDAY, ALL = 2 * len(KINDS), 1000


@pytest.fixture
def peaks(monkeypatch):
    """The most memory of each child that answered, in kB."""
    found = []

    def run(target, content):
        answer = run_confined(target, content)
        found.append(struct.unpack(">Q", answer[-8:])[0])
        return answer[:-8]

    monkeypatch.setattr(reading, "run_confined", run)
    monkeypatch.setattr(reading, "READER", "tests.connectors.amazon.measuring:read")
    return found


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where children have their scratch folders, and a folder that is none of their business."""
    scratch, outside = tmp_path / "scratch", tmp_path / "outside"
    scratch.mkdir()
    outside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return scratch, outside


def check(numbers, folders, peaks):
    scratch, outside = folders
    ends = []
    for number in numbers:
        met = attack(number, outside)
        began = time.monotonic()
        end, left_out = end_of(met.content)
        took = time.monotonic() - began

        where = (number, met.kind, end, left_out)
        assert not list(scratch.iterdir()), where
        assert not list(outside.iterdir()), where
        assert end in met.ends, where
        assert not met.left_out or end != READ or set(left_out) & set(met.left_out), where
        assert took <= MOST_S, (*where, took)
        ends.append(end)
    assert max(peaks) <= MOST_KB
    return ends


def end_of(content):
    """The code of the sentence that it ends with, or READ and what was left out."""
    try:
        found = read_archive(content)
    except Rejected as refusal:
        sentence = str(refusal.sentence)
        return (refusal.code if sentence.endswith(".") else f"no sentence: {sentence}"), ()
    assert all(code in LEFT_OUT for code in found.details.left_out)
    assert all(picture.content.startswith(b"RIFF") for picture in found.pictures)
    return READ, found.details.left_out


def test_hostile_archives_end_in_a_sentence_and_touch_nothing(folders, peaks):
    ends = check(range(EVERYDAY), folders, peaks)

    assert {"archive_bomb", "archive_names", "archive_nested", READ} <= set(ends)


@pytest.mark.proof
def test_a_thousand_hostile_archives_end_in_a_sentence_and_touch_nothing(folders, peaks):
    ends = check(range(ALL), folders, peaks)

    assert len(ends) == ALL
