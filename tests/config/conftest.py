import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from packbench.config import embedded
from tests.config.waiting import REPOSITORY, is_alive, wait_until


@contextmanager
def short_folder():
    """A short-named folder that only we may enter; the names of sockets must be short."""
    folder = Path(tempfile.mkdtemp(prefix="pb-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder():
    with short_folder() as folder:
        yield folder


@pytest.fixture
def home(folder):
    home = folder / "home"
    yield home
    stop_database(home)


@pytest.fixture(scope="session")
def first_home():
    """A home whose cluster was made once, for the tests that need any."""
    with short_folder() as folder:
        embedded.ensure_running(folder / "home")
        embedded.stop(folder / "home")
        yield folder / "home"


@pytest.fixture
def made_home(home, first_home):
    """A home with a cluster of its own that was made and stopped."""
    subprocess.run(["cp", "-a", first_home, home], check=True)
    return home


@pytest.fixture
def run_python():
    """Start a Python program; whatever is left of it is killed, by its number, at the end."""
    started = []

    def run(*words, python=sys.executable, **variables):
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **variables}
        for name in [name for name, value in environment.items() if value is None]:
            del environment[name]
        command = [python, *map(str, words)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        kill(process)
        process.stdout.close()


def kill(process):
    family = []
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    process.wait()
    for member in family:
        if is_alive(member.pid):
            member.send_signal(signal.SIGKILL)


def stop_database(home):
    if not (home / "postgres" / "data").exists():
        return
    try:
        embedded.stop(home)
    except embedded.EmbeddedError:
        return
    pid = embedded.status(home).pid
    assert wait_until(lambda: not pid or not is_alive(pid))
