"""A child that reads what may harm: bounded, without secrets, and nobody dies with it."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from packbench.lib.confining import LIMITS, MIB, Overrun, run_confined

HERE = f"{__name__}:"


def shout(content):
    return content.upper()


def hoard(content):
    return bytes(400 * MIB)[:1]


def loop(content):
    while True:
        pass


def sleep(content):
    time.sleep(60)
    return b""


def flood(content):
    return bytes(2 * MIB)


def die(content):
    os.abort()


def tell(content):
    """What the child finds around it, and what it can do."""
    names = ["PACKBENCH_ROOT_KEY", "DATABASE_URL"]
    return json.dumps(
        {
            "secrets": [name for name in names if name in os.environ],
            "files": os.listdir(),
            "writes": can_write(Path("x")) or can_write(Path(content.decode()) / "x"),
        }
    ).encode()


def can_write(path):
    try:
        path.write_bytes(b"x")
    except OSError:
        return path.exists() and path.stat().st_size > 0
    return True


def test_the_answer_comes_back():
    assert run_confined(f"{HERE}shout", b"abc" * 100_000) == b"ABC" * 100_000


@pytest.mark.parametrize("name", ["hoard", "loop", "die", "nobody"])
def test_a_child_that_overruns_or_dies_is_told_of(name):
    with pytest.raises(Overrun):
        run_confined(HERE + name, b"", limits=replace(LIMITS, cpu_s=1))


def test_a_child_that_waits_is_ended_in_time():
    began = time.monotonic()

    with pytest.raises(Overrun):
        run_confined(f"{HERE}sleep", b"x" * MIB, limits=replace(LIMITS, wall_s=0.6))

    assert time.monotonic() - began < 3


def test_an_answer_without_end_is_cut_off():
    with pytest.raises(Overrun):
        run_confined(f"{HERE}flood", b"", limits=replace(LIMITS, answer=MIB))


def test_a_child_has_no_secrets_and_writes_no_byte(monkeypatch, tmp_path):
    monkeypatch.setenv("PACKBENCH_ROOT_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "secret")

    said = json.loads(run_confined(f"{HERE}tell", str(tmp_path).encode()))

    assert said == {"secrets": [], "files": [], "writes": False}
