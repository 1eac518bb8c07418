"""Confining: what may be made to harm is read by a child process that can do nothing else.

The child has its own empty folder, no secrets in its environment, bounded memory and time, and
may write no byte to any file. Whatever it meets, its parent goes on.
"""

import importlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: bytes of memory, seconds of work, bytes of its answer."""

    memory: int = 256 * MIB
    cpu_s: int = 4
    wall_s: float = 4.5
    answer: int = 48 * MIB


class Overrun(Exception):
    """The child ended without an answer: out of memory or time, or it died of what it read."""


LIMITS = Limits()
FILES_OPEN = 64


def run_confined(target: str, content: bytes, *, limits: Limits = LIMITS) -> bytes:
    """Return what `module:function` makes of the bytes, called in a child. Raises Overrun."""
    with tempfile.TemporaryDirectory(prefix="packbench-") as scratch:
        child = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", __name__, target, *_words(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,
        )
        return _answer_of(child, content, limits)


def _answer_of(child: "subprocess.Popen[bytes]", content: bytes, limits: Limits) -> bytes:
    assert child.stdin is not None  # noqa: S101 - pipes were asked for
    assert child.stdout is not None  # noqa: S101
    end = threading.Timer(limits.wall_s, _kill, [child])
    feeder = threading.Thread(target=_feed, args=[child.stdin, content], daemon=True)
    end.start()
    feeder.start()
    try:
        answer = child.stdout.read(limits.answer + 1)
        if len(answer) > limits.answer or child.wait() != 0:
            raise Overrun
        return answer
    finally:
        end.cancel()
        _kill(child)
        child.wait()
        feeder.join()
        child.stdout.close()


def _feed(pipe: BinaryIO, content: bytes) -> None:
    with suppress(OSError):  # the child may have ended before it read all
        pipe.write(content)
    with suppress(OSError):
        pipe.close()


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """End the child and whatever it may have started; one that was waited for is left alone."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _words(limits: Limits) -> list[str]:
    return [str(limits.memory), str(limits.cpu_s)]


def _confine(memory: int, cpu_s: int) -> None:
    """Give up, for good, what a reader does not need. Raises where that is not possible."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, FILES_OPEN),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory),
    ):
        resource.setrlimit(kind, (most, most))


def _main(target: str, memory: str, cpu_s: str) -> None:
    _confine(int(memory), int(cpu_s))
    module, _, name = target.partition(":")
    answer: bytes = getattr(importlib.import_module(module), name)(sys.stdin.buffer.read())
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
