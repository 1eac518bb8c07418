import os
import signal

import pytest

from packbench.config.supervising import GIVE_UP
from tests.config.waiting import is_alive, wait_until

SUPERVISE = """
import os, sys
from packbench.config.supervising import Child, Patience, supervise
commands = [[sys.executable, "-c", code, sys.argv[1]] for code in sys.argv[2:]]
children = [Child(f"child {number}", command) for number, command in enumerate(commands)]
patience = Patience(first_restart=0.02, last_restart=0.05, grace=0.5)
sys.exit(supervise(children, environment=os.environ, patience=patience))
"""
NOTE = """
import os, signal, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
"""
SLEEP = NOTE + "time.sleep(600)"
SHORT = NOTE + "sys.exit(1)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)" + SLEEP
HOPELESS = f"""
import os, sys, time
while not (os.path.exists(sys.argv[1]) and os.path.getsize(sys.argv[1])):
    time.sleep(0.01)
sys.exit({GIVE_UP})
"""


@pytest.fixture
def notes(folder):
    return folder / "notes"


@pytest.fixture
def supervise(run_python, notes):
    return lambda *children: run_python("-c", SUPERVISE, notes, *children)


def noted(notes, count):
    """The numbers of the processes that ran, once there are so many."""
    assert wait_until(lambda: notes.exists() and notes.read_text().count("\n") >= count)
    return [int(line) for line in notes.read_text().split()]


def test_a_child_that_ends_is_started_again(supervise, notes):
    supervisor = supervise(SHORT)

    assert len(set(noted(notes, 3))) >= 3

    supervisor.terminate()
    assert supervisor.wait(10) == 0


def test_a_child_that_is_killed_is_started_again(supervise, notes):
    supervise(SLEEP)
    (first,) = noted(notes, 1)

    os.kill(first, signal.SIGKILL)

    assert is_alive(noted(notes, 2)[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_stop_stops_the_children(supervise, notes, number):
    supervisor = supervise(SLEEP, SLEEP)
    children = noted(notes, 2)

    supervisor.send_signal(number)

    assert supervisor.wait(10) == 0
    assert not any(map(is_alive, children))


def test_a_child_that_does_not_stop_is_killed(supervise, notes):
    supervisor = supervise(STUBBORN)
    (child,) = noted(notes, 1)

    supervisor.terminate()

    assert supervisor.wait(10) == 0
    assert not is_alive(child)


def test_a_killed_supervisor_leaves_no_child(supervise, notes):
    supervisor = supervise(SLEEP, STUBBORN)
    children = noted(notes, 2)

    supervisor.kill()

    assert wait_until(lambda: not any(map(is_alive, children)))


def test_a_child_that_cannot_do_without_a_person_stops_all(supervise, notes):
    supervisor = supervise(SLEEP, HOPELESS)

    assert supervisor.wait(10) == GIVE_UP
    assert not any(map(is_alive, noted(notes, 1)))
