"""Children that run Karrio: each has an interpreter and a process of its own (`child.py`).

A few are kept for the next question. One that does not answer in time, or not what it should, is
ended; whether something had left by then is known by its `going` frames.
"""

import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import msgspec
from msgspec import Struct

PROGRAM = Path(__file__).with_name("child.py")
MOST_CHILDREN = 2  # of one process of ours: some 150 MB each
MOST_QUESTIONS = 300  # that one child answers
MOST_FRAME = 64 * 1024 * 1024
IDLE_S = 300.0  # kept so long without a question; the child itself ends at twice that
START_S = 30.0  # Karrio imports every carrier at once: two seconds, on a busy machine more
WAIT_S = 15.0  # for a child that is busy: all in all less than a lease
GRACE_S = 5.0  # beyond the time that the carrier has
HEAD = struct.Struct(">I")


class Call(Struct, frozen=True, kw_only=True):
    """One request to a carrier: `fault` says what failed, `status` is None without an answer."""

    method: str
    is_sign_in: bool
    sent: bool
    status: int | None
    fault: str
    host: str
    retry_after: str


class Message(Struct, frozen=True, kw_only=True):
    """What a carrier says, or Karrio where its code begins with SHIPPING_SDK."""

    code: str | int | None = None
    message: Any = None
    level: str | None = None
    details: Any = None


class Frame(Struct, frozen=True, kw_only=True):
    ready: bool = False
    going: str = ""
    fault: str = ""
    result: msgspec.Raw = msgspec.Raw()
    messages: list[Message] = []
    calls: list[Call] = []
    had_token: bool = False  # of an earlier question


class NotInstalled(Exception):
    """There is no Karrio at the interpreter that was named."""


class Lost(Exception):
    """The child ended without an answer; `was_going`: something may have left it before."""

    def __init__(self, *, was_going: bool = False) -> None:
        self.was_going = was_going
        super().__init__("lost")


class Busy(Exception):
    """All children are taken, and stayed so."""


def ask(python: str, question: Mapping[str, Any], *, seconds: float) -> Frame:
    """Return what a child of that interpreter answers within the seconds.

    Raises NotInstalled, Busy or Lost; what they hold says nothing of the question.
    """
    with _pool(python).taken() as child:
        return child.ask({**question, "seconds": seconds}, wall_s=seconds + GRACE_S)


class _Child:
    """One process. Whatever goes wrong with it ends it."""

    def __init__(self, python: str) -> None:
        try:
            self._process = subprocess.Popen(
                [python, "-I", "-B", str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=PROGRAM.parent,  # Karrio would load what a folder `plugins` there holds
                env={
                    "LANG": "C.UTF-8",
                    "MALLOC_ARENA_MAX": "2",
                    "SSL_CERT_FILE": certifi.where(),
                },
                start_new_session=True,
            )
        except OSError:
            raise NotInstalled from None
        self.questions, self.used_at = 0, time.monotonic()
        with self._within(START_S):
            frame = self._read()
        if frame is None or not frame.ready:
            self.end()
            raise NotInstalled if frame and frame.fault == "not_installed" else Lost()

    @property
    def is_fit(self) -> bool:
        is_fresh = time.monotonic() - self.used_at < IDLE_S and self.questions < MOST_QUESTIONS
        return is_fresh and self._process.poll() is None

    def ask(self, question: Mapping[str, Any], *, wall_s: float) -> Frame:
        """Return its last frame. Raises Lost."""
        self.questions += 1
        was_going = False
        with self._within(wall_s):
            self._write(msgspec.json.encode(question))
            while (frame := self._read()) is not None and frame.going:
                was_going = True
        if frame is None:
            self.end()
            raise Lost(was_going=was_going)
        self.used_at = time.monotonic()
        return frame

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in filter(None, (self._process.stdin, self._process.stdout)):
            with suppress(OSError):  # what it no longer reads
                pipe.close()

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Kill it when the time is up: whoever reads from it then comes to the end."""
        watch = threading.Timer(seconds, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _write(self, body: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101
        with suppress(OSError):  # that it ended is seen by reading
            self._process.stdin.write(HEAD.pack(len(body)) + body)
            self._process.stdin.flush()

    def _read(self) -> Frame | None:
        """Its next frame; None where it ended, or says what makes no sense."""
        assert self._process.stdout is not None  # noqa: S101
        head = self._process.stdout.read(HEAD.size)
        size = HEAD.unpack(head)[0] if len(head) == HEAD.size else 0
        if not 0 < size <= MOST_FRAME:
            return None
        try:
            return msgspec.json.decode(self._process.stdout.read(size), type=Frame)
        except (msgspec.DecodeError, RecursionError):
            return None


class _Pool:
    """The children of one interpreter, each with one question at a time."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._places = threading.BoundedSemaphore(MOST_CHILDREN)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    @contextmanager
    def taken(self) -> Iterator[_Child]:
        if not self._places.acquire(timeout=WAIT_S):
            raise Busy
        try:
            child = self._fit() or _Child(self._python)
            try:
                yield child
            except BaseException:
                child.end()
                raise
            self._give_back(child)
        finally:
            self._places.release()

    def _fit(self) -> _Child | None:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_fit:
                    return child
                child.end()
        return None

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._idle.append(child)


@cache
def _pool(python: str) -> _Pool:
    return _Pool(python)
