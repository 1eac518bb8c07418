"""The `packbench` command: thin doors. Without DATABASE_URL each has the embedded PostgreSQL."""

import argparse
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from packbench.config import embedded
from packbench.config.environment import Environment, read_environment
from packbench.config.supervising import GIVE_UP, Child, die_with_parent, supervise

SETTINGS = "packbench.config.settings"
BLOCKING_THREADS = 4  # requests served at once; each may hold one database connection
DATABASE_LOOK_S = 3
SHUTDOWN_S = 15  # what a request or a job may take to finish when we are asked to stop


def main(argv: list[str] | None = None) -> int:
    """Run one command; answers the process's exit code."""
    words, rest = _parser().parse_known_args(argv)
    if rest and not words.passes_on:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(words.door(rest if words.passes_on else words) or 0)
    except embedded.EmbeddedError as error:
        print(error, file=sys.stderr)
        return GIVE_UP
    except KeyboardInterrupt:
        return 130


def serve(_: argparse.Namespace) -> int:
    """Run the desk and one worker until a signal to stop comes."""
    environment = read_environment()
    if sentence := _port_problem(environment):
        return _refuse(sentence)
    with _database(environment) as url:
        variables = {"MALLOC_ARENA_MAX": "2", **os.environ, "DATABASE_URL": url}
        if code := subprocess.run(_command("migrate"), env=variables).returncode:
            return code
        children = [Child(name, _command(name, "--alone")) for name in ("web", "worker")]
        return supervise(children, environment=variables, on_tick=_look_after(environment))


def web(words: argparse.Namespace) -> int:
    """Serve the pages and the API."""
    environment = read_environment()
    if not words.alone and (sentence := _port_problem(environment)):
        return _refuse(sentence)
    with _database(environment) as url:
        os.environ["DATABASE_URL"] = url
        _serve_pages(environment)
    return 0


def worker(words: argparse.Namespace) -> int:
    """Work on jobs; begin anew when the database went away or the worker died."""
    environment = read_environment()
    concurrency = words.concurrency or environment.worker_concurrency
    with _database(environment) as url:
        if words.alone:
            os.environ["DATABASE_URL"] = url
            return _work(concurrency)
        child = Child("worker", _command("worker", "--alone", "--concurrency", str(concurrency)))
        variables = {"MALLOC_ARENA_MAX": "2", **os.environ, "DATABASE_URL": url}
        return supervise([child], environment=variables)


def manage(words: list[str]) -> int:
    """Run one of Django's management commands."""
    with _database(read_environment()) as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
        from django.core.management import execute_from_command_line

        execute_from_command_line(["packbench manage", *words])
    return 0


def migrate(_: argparse.Namespace) -> int:
    """Bring the database's tables up to this version."""
    return manage(["migrate", "--no-input", "--skip-checks", "--verbosity", "0"])


def create_person(words: list[str]) -> int:
    """Make somebody who may sign in."""
    return manage(["createperson", *words])


def stop_database(_: argparse.Namespace) -> int:
    """Stop the embedded PostgreSQL."""
    embedded.stop(read_environment().home)
    return 0


def audit(words: list[str]) -> int:
    """Hold Amazon's Data Protection Policy against this installation."""
    return manage(["audit", *words])


def backup(_: argparse.Namespace) -> int:
    """Write an encrypted backup of everything the desk knows."""
    from packbench.backup.commanding import back_up

    return _about_backups(lambda environment, url: back_up(environment, url, now=_now()))


def restore(words: argparse.Namespace) -> int:
    """Fill the database from a backup."""
    from packbench.backup.commanding import restore_backup

    return _about_backups(
        lambda environment, url: restore_backup(
            environment,
            url,
            folder=words.folder,
            identity=words.identity,
            replace=words.replace,
        )
    )


def drill(words: argparse.Namespace) -> int:
    """Try a backup: restore it into a scratch database and compare."""
    from packbench.backup.commanding import drill_backup

    return _about_backups(
        lambda environment, url: drill_backup(
            environment, url, folder=words.folder, identity=words.identity, now=_now()
        )
    )


def open_archive(words: argparse.Namespace) -> int:
    """Print the orders of files of the archive: where their secret key is, no desk needed."""
    from packbench.backup.errors import BackupError
    from packbench.backup.unpacking import unpack_archive

    try:
        for line in unpack_archive(words.files, words.identity, number=words.order):
            print(line)
    except BackupError as error:
        return _refuse(str(error))
    return 0


def rotate_keys(_: argparse.Namespace) -> int:
    """Replace the workspaces' keys and the root key while the desk runs; safe to run again."""
    from packbench.config.keyring import begin_root_rotation, end_root_rotation

    environment = read_environment()
    if not environment.root_key:
        begin_root_rotation(environment.home)
    if code := manage(["rewrapkeys"]):
        return code
    if environment.root_key:
        print("Remove PACKBENCH_ROOT_KEY_OLD now. Keep that key as long as backups from before.")
    else:
        end_root_rotation(environment.home)
        print("The root key is new: keep a copy elsewhere, and write a backup now.")
        print("Older backups need the old one, of which you have a copy elsewhere.")
    return 0


def install_karrio(_: argparse.Namespace) -> int:
    """Install carriers by direct contracts (Karrio, LGPL-3.0), apart from everything else."""
    from packbench.connectors.karrio.installing import CannotInstall, install_karrio

    home = read_environment().home / "karrio"
    try:
        python = install_karrio(home)
    except CannotInstall as error:
        return _refuse(str(error))
    print(f"Karrio is installed in {home}. Start Packbench again.")
    if python != read_environment().karrio_python:
        print("PACKBENCH_KARRIO_PYTHON names another one, which counts.")
    return 0


def agent(words: list[str]) -> int:
    """Print what a desk asks for, on the printers of this machine."""
    from packbench.agent.commanding import main as work

    return work(words)


def demo(words: list[str]) -> int:
    """Show the whole flow against the sandbox."""
    from packbench import demo

    return int(demo.run(words))


def sandbox(words: list[str]) -> int:
    """Run the pretend Amazon and carriers."""
    command = [sys.executable, "-m", "packbench_sandbox", *words]
    os.execv(sys.executable, command)  # noqa: S606


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packbench", description="A shipping desk.")
    doors = parser.add_subparsers(required=True, metavar="command")
    add = partial(_add_door, doors)
    add("serve", serve)
    add("web", web).add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    working = add("worker", worker)
    working.add_argument("--concurrency", type=int, help="jobs worked on at once")
    working.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    add("migrate", migrate)
    add("stop-database", stop_database)
    add("audit", audit, passes_on=True)
    add("backup", backup)
    add("drill", drill)
    add("restore", restore).add_argument(
        "--replace", action="store_true", help="overwrite the database that is there"
    )
    for name in ("drill", "restore"):
        door = doors.choices[name]
        door.add_argument("folder", nargs="?", type=Path, help="of the backup; the newest if none")
        door.add_argument("--identity", type=Path, help="a file with the age identity")
    opening = add("open-archive", open_archive)
    opening.add_argument("files", nargs="+", type=Path, help="of the archive")
    opening.add_argument("--identity", type=Path, required=True, help="a file with the secret key")
    opening.add_argument("--order", help="only the order of this number")
    add("rotate-keys", rotate_keys)
    add("install-karrio", install_karrio)
    add("agent", agent, passes_on=True)
    add("demo", demo, passes_on=True)
    add("sandbox", sandbox, passes_on=True)
    add("createperson", create_person, passes_on=True)
    add("manage", manage, passes_on=True)
    return parser


def _add_door(
    doors: Any, name: str, door: Callable[..., int], *, passes_on: bool = False
) -> argparse.ArgumentParser:
    """Where a door `passes_on`, what follows its name is for the program behind it."""
    parser: argparse.ArgumentParser = doors.add_parser(
        name, help=door.__doc__, description=door.__doc__, add_help=not passes_on
    )
    parser.set_defaults(door=door, passes_on=passes_on)
    return parser


@contextmanager
def _database(environment: Environment) -> Iterator[str]:
    """The operator's database, else the embedded one, which its last user stops."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if environment.database_url:
        yield environment.database_url
    else:
        with embedded.running(environment.home) as url:
            yield url


def _about_backups(do: Callable[[Environment, str], str]) -> int:
    """Do it with the database at hand; a BackupError is a sentence on the terminal, and 1."""
    from packbench.backup.errors import BackupError

    environment = read_environment()
    with _database(environment) as url:
        os.environ["DATABASE_URL"] = url
        try:
            print(do(environment, url))
        except BackupError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _now() -> datetime:
    from packbench.lib import clock

    return clock.now()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "packbench", *words]


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return GIVE_UP


def _port_problem(environment: Environment) -> str | None:
    """A sentence where nobody can listen at the address; None where we can."""
    host, port = environment.host, environment.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Another program listens on {host}:{port}: stop it, or set PACKBENCH_PORT."
        return f"Packbench cannot listen on {host}:{port} ({error.strerror}): set PACKBENCH_HOST."
    return None


def _look_after(environment: Environment) -> Callable[[], None]:
    """A function to call often: it says once that the desk answers, and minds the database."""
    is_said = False
    look_at = 0.0

    def look() -> None:
        nonlocal is_said, look_at
        if not is_said and _answers(environment):
            is_said = True
            print(f"Packbench runs at {environment.base_url} (Ctrl-C stops it)", flush=True)
        if time.monotonic() >= look_at:
            _revive_database(environment)
            look_at = time.monotonic() + DATABASE_LOOK_S

    return look


def _revive_database(environment: Environment) -> None:
    """Start the embedded PostgreSQL again where something killed it."""
    if environment.database_url or embedded.status(environment.home).pid:
        return
    try:
        embedded.ensure_running(environment.home)
    except embedded.EmbeddedError as error:
        print(error, file=sys.stderr, flush=True)


def _answers(environment: Environment) -> bool:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not listen
    host = everywhere.get(environment.host, environment.host)
    try:
        with socket.create_connection((host, environment.port), timeout=0.2):
            return True
    except OSError:
        return False


def _serve_pages(environment: Environment) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    parent = os.getpid()
    server = Server(
        "packbench.config.wsgi:application",
        address=environment.host,
        port=environment.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=BLOCKING_THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=SHUTDOWN_S,
    )
    server.serve(target_loader=partial(_load_pages, parent), wrap_loader=False)


def _load_pages(parent: int) -> Any:
    """Runs in granian's worker, which must not outlive its parent: it would keep the port."""
    die_with_parent(parent)
    from packbench.config.wsgi import application

    return application


def _work(concurrency: int) -> int:
    """Work until asked to stop. Ends early, with 1, when the database goes away."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    django.setup()
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    with app.replace_connector(connector):
        app.run_worker(concurrency=concurrency, shutdown_graceful_timeout=SHUTDOWN_S)
    return 0
