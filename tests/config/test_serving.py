import os
import signal
import socket
import urllib.request

import psutil
import psycopg
import pytest

from packbench.config import embedded
from tests.config.conftest import short_folder, stop_database
from tests.config.waiting import is_alive, wait_until

MOST_MEMORY_MB = 400


@pytest.fixture(scope="module")
def home():
    """One for all of these tests: the tables are made once."""
    with short_folder() as folder:
        yield folder / "home"
        stop_database(folder / "home")


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def packbench(run_python, home, port):
    """Start the command with nothing set but its home and its port."""

    def start(*words, database_url=None):
        variables = {"PACKBENCH_HOME": str(home), "PACKBENCH_PORT": str(port)}
        return run_python("-m", "packbench", *words, DATABASE_URL=database_url, **variables)

    return start


@pytest.fixture
def is_healthy(port):
    def ask():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    return ask


def family_of(process):
    return psutil.Process(process.pid).children(recursive=True)


def test_serve_runs_the_desk_on_a_database_of_its_own(packbench, home, port, is_healthy):
    serve = packbench("serve")

    assert f"http://127.0.0.1:{port}" in serve.stdout.readline()
    assert is_healthy()
    url = embedded.ensure_running(home)
    assert wait_until(lambda: len(workers_at(url)) == 1)
    assert memory_mb(serve, embedded.status(home).pid) <= MOST_MEMORY_MB

    family = family_of(serve)
    serve.terminate()
    assert serve.wait(30) == 0
    assert not any(is_alive(member.pid) for member in family)
    assert embedded.status(home).pid is None


def test_after_a_kill_of_serve_nothing_is_in_the_way(packbench, home, is_healthy):
    serve = packbench("serve")
    assert serve.stdout.readline()
    family = family_of(serve)

    serve.kill()
    assert wait_until(lambda: not any(is_alive(member.pid) for member in family))
    again = packbench("serve")

    assert again.stdout.readline()
    assert is_healthy()


def test_serve_brings_back_what_died(packbench, home, is_healthy):
    serve = packbench("serve")
    assert serve.stdout.readline()

    killed = family_of(serve)
    postmaster = embedded.status(home).pid
    for pid in [*(member.pid for member in killed), postmaster]:
        os.kill(pid, signal.SIGKILL)

    assert wait_until(lambda: embedded.status(home).pid not in (None, postmaster))
    assert wait_until(lambda: is_healthy() and workers_at(embedded.ensure_running(home)))


def test_the_desk_and_two_workers_share_one_database(packbench, home, is_healthy):
    url = embedded.ensure_running(home)
    assert packbench("migrate", database_url=url).wait(60) == 0
    killed = workers_at(url)

    web = packbench("web", database_url=url)
    workers = [packbench("worker", database_url=url) for _ in range(2)]

    assert wait_until(is_healthy)
    assert wait_until(lambda: len(workers_at(url) - killed) == 2)
    for process in (web, *workers):
        process.terminate()
    assert [process.wait(30) for process in (web, *workers)] == [0, 0, 0]
    assert workers_at(url) <= killed
    assert embedded.status(home).pid, "a database that was given is left alone"


def test_a_taken_port_is_told_in_a_sentence(packbench, port, capfd):
    with socket.create_server(("127.0.0.1", port)):
        assert packbench("serve").wait(30) != 0

    assert f"Another program listens on 127.0.0.1:{port}" in capfd.readouterr().err


def workers_at(url):
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT id FROM procrastinate_workers").fetchall()
        return {number for (number,) in found}


def memory_mb(serve, postmaster):
    """What all processes hold together; a page that several share counts once."""
    roots = [psutil.Process(serve.pid), psutil.Process(postmaster)]
    family = [member for root in roots for member in (root, *root.children(recursive=True))]
    return sum(map(held_by, family)) / 1024 / 1024


def held_by(process):
    """Bytes; none of one that ended while we looked, as a database session may."""
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
