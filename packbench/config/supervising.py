"""Keeping a few child processes alive, and leaving none of them behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

GIVE_UP = 78  # a child's exit code when a person must change something: EX_CONFIG of sysexits.h
STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    first_restart: float = 0.5  # doubled at every further one
    last_restart: float = 30.0
    steady: float = 60.0  # a child that lived so long starts anew at `first_restart`
    grace: float = 20.0  # between asking a child to stop and killing it


@dataclass(slots=True)
class Child:
    """A command that is kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    due_at: float = field(default=0.0, init=False)
    delay: float = field(default=0.0, init=False)

    def start(self, environment: Mapping[str, str], now: float) -> None:
        self.process = _spawn(self.command, environment)
        self.started_at = now

    def ended(self, code: int, now: float, patience: Patience) -> None:
        """Note that the process is gone and when to start the next one."""
        if self.process:
            self.process.returncode = code  # else Popen would wait for it, in vain
        is_steady = now - self.started_at >= patience.steady
        longer = min(self.delay * 2, patience.last_restart)
        self.delay = patience.first_restart if is_steady or not self.delay else longer
        self.due_at = now + self.delay
        self.process = None

    def send(self, number: signal.Signals) -> None:
        """Signal the child and the processes that it started."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def supervise(
    children: Sequence[Child],
    *,
    environment: Mapping[str, str],
    patience: Patience | None = None,
    on_tick: Callable[[], None] = lambda: None,
) -> int:
    """Keep the children running until a signal to stop comes; then stop them. Answers 0.

    Answers GIVE_UP, with the other children stopped, when a child ended with that code. Takes
    over the process: call it from the main thread of one that has no other children.
    """
    patience = patience or Patience()
    watched = {*STOPS, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        code = _keep_running(children, environment, patience, on_tick)
        _stop(children, patience)
    finally:
        for child in children:
            child.send(signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return code


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as `parent`, which started it, ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _keep_running(
    children: Sequence[Child],
    environment: Mapping[str, str],
    patience: Patience,
    on_tick: Callable[[], None],
) -> int:
    while True:
        now = time.monotonic()
        for child in children:
            if child.process is None and child.due_at <= now:
                child.start(environment, now)
        on_tick()
        received = signal.sigtimedwait({*STOPS, signal.SIGCHLD}, 0.25)
        if received and received.si_signo in STOPS:
            return 0
        for child, code in _reap(children, patience):
            print(f"{child.name} ended with {code}.", file=sys.stderr, flush=True)
            if code == GIVE_UP:
                return GIVE_UP


def _stop(children: Sequence[Child], patience: Patience) -> None:
    deadline = time.monotonic() + patience.grace
    for child in children:
        child.send(signal.SIGTERM)
    while any(child.process for child in children) and time.monotonic() < deadline:
        signal.sigtimedwait({signal.SIGCHLD}, 0.25)
        list(_reap(children, patience))


def _reap(children: Sequence[Child], patience: Patience) -> Iterator[tuple[Child, int]]:
    """Bury every process that ended, and name the children among them with their exit codes.

    As process 1 of a container we are given other programs' orphans, too.
    """
    by_pid = {child.process.pid: child for child in children if child.process}
    for pid, status in _dead():
        if child := by_pid.get(pid):
            code = os.waitstatus_to_exitcode(status)
            child.send(signal.SIGKILL)  # what it may have left behind
            child.ended(code, time.monotonic(), patience)
            yield child, code


def _dead() -> Iterator[tuple[int, int]]:
    with suppress(ChildProcessError):  # none is left at all
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found


def _spawn(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own: Ctrl-C in the terminal reaches only us."""
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*STOPS, signal.SIGCHLD})
        die_with_parent(parent)

    return subprocess.Popen(command, env=environment, process_group=0, preexec_fn=prepare)
