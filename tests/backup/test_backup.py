"""One command each: a backup, a drill, a restore. Erased stays erased, whatever is restored."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psycopg
import pyrage
import pytest
from pyrage import x25519

from packbench.backup import commanding
from packbench.backup.errors import BackupError
from packbench.backup.keeping import backups, forget_old
from packbench.backup.recipients import read_identity
from packbench.backup.restoring import rename_database
from packbench.config.environment import read_environment
from tests.backup.seeding import ORDERS
from tests.cluster import database_url
from tests.proofs.scratch import ROOT, scratch_database

BUYER = "Lucía Ferrer"
KEY_DAYS = 3
ENTRIES = "select count(*) from orders_searchentry"


class Desk:
    """An installation with orders in a database of its own; its commands run as programs."""

    def __init__(self, url, home):
        self.url, self.home = url, home
        self.run_python("-m", "tests.backup.seeding", str(KEY_DAYS), check=True)
        made = self("backup")
        assert made.returncode == 0, made.stderr
        self.said, self.folder = made.stdout, next((home / "backups").glob("20*"))

    def __call__(self, *words):
        return self.run_python("-m", "packbench", *words)

    def run_python(self, *words, check=False):
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "PACKBENCH_HOME": str(self.home),
            "PACKBENCH_LOG_LEVEL": "ERROR",
        }
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=check,
        )

    def ask(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            answer = connection.execute(query)
            return answer.fetchone()[0] if answer.description else None


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with scratch_database(database_url()) as url:
        yield Desk(url, tmp_path_factory.mktemp("home"))


@pytest.fixture
def copy(desk, tmp_path):
    """The backup, to be spoiled."""
    return shutil.copytree(desk.folder, tmp_path / desk.folder.name)


def test_a_backup_comes_back_whole_and_only_over_a_database_that_may_go(desk):
    assert f"Buyers' data can be opened for {KEY_DAYS} days." in desk.said
    assert desk.ask(ENTRIES) == ORDERS
    desk.ask("truncate orders_order, orders_orderitem cascade")
    refused = desk("restore")
    assert refused.returncode == 1
    assert "add --replace" in refused.stderr

    restored = desk("restore", "--replace")

    assert restored.returncode == 0, restored.stderr
    assert desk.ask("select count(*) from orders_order") == ORDERS
    assert desk.ask(ENTRIES) == 0  # what finds buyers is in no backup: a job makes it anew
    opened = desk.run_python("-m", "packbench.backup.checking").stdout
    assert json.loads(opened) == [ORDERS + 1, ORDERS + 1]


def test_what_was_erased_since_the_backup_is_erased_again_before_the_desk_opens(desk):
    order_id = desk.ask("select id from orders_order order by id limit 1")
    ledger = desk.home / "keys" / "erased.ledger"
    before = "2020-01-01T00:00:00+00:00 ord_long_ago\n"
    ledger.write_text(f"{before}{datetime.now(UTC).isoformat()} {order_id}\n")

    restored = desk("restore", str(desk.folder), "--replace")

    assert "1 orders were erased since" in restored.stdout, restored.stderr
    erased = "select array_agg(id) from orders_order where erased_at is not null"
    assert desk.ask(erased) == [order_id]
    assert desk.ask("select count(*) from privacy_sanitization") == 1


def test_a_restore_that_cannot_take_its_place_leaves_the_desk_as_it_was(desk, monkeypatch):
    monkeypatch.setenv("PACKBENCH_HOME", str(desk.home))
    renamed = []

    def refuse_the_second(url, name, to):
        renamed.append(to)
        if len(renamed) == 2:
            raise BackupError("No.")
        rename_database(url, name, to)

    monkeypatch.setattr(commanding, "rename_database", refuse_the_second)

    with pytest.raises(BackupError):
        commanding.restore_backup(
            read_environment(), desk.url, folder=desk.folder, identity=None, replace=True
        )

    assert desk.ask("select count(*) from orders_order") == ORDERS


def test_nothing_in_a_backup_can_be_read_without_its_identity(desk, tmp_path):
    content = b"".join(file.read_bytes() for file in desk.folder.iterdir())
    assert BUYER.encode() not in content
    assert b"Valencia" not in content
    stranger = tmp_path / "stranger.key"
    stranger.write_text(str(x25519.Identity.generate()))

    refused = desk("drill", "--identity", str(stranger))

    assert refused.returncode == 1
    assert "This identity does not open the backup" in refused.stderr


def test_a_damaged_backup_is_refused_and_the_database_stays(desk, copy):
    file = copy / "database.age"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    refused = desk("restore", str(copy), "--replace")

    assert refused.returncode == 1
    assert "is damaged" in refused.stderr
    assert desk.ask("select count(*) from orders_order") == ORDERS


def test_when_the_keys_days_are_over_no_backup_opens_a_buyer(desk, copy, monkeypatch):
    monkeypatch.setenv("PACKBENCH_BACKUP_DIR", str(copy.parent))
    environment = read_environment()
    over = backups(copy.parent)[0].made_at + timedelta(days=KEY_DAYS)
    assert forget_old(environment, now=over - timedelta(seconds=1)) == (0, 0)
    assert forget_old(environment, now=over) == (1, 0)

    said = desk("drill", str(copy))

    assert f"{ORDERS} orders without a buyer" in said.stdout, said.stderr
    assert "1 of 1 sealed values opened" in said.stdout  # the application's secret


def test_a_workspace_whose_backups_live_no_days_has_no_order_keys_in_them(desk):
    desk.ask("update privacy_retention set backup_days = 0")

    said = desk("backup").stdout

    identity = read_identity(desk.home / "keys" / "backup.key")
    newest = backups(desk.home / "backups")[0].folder
    assert "backups live 0 days" in said
    assert not (newest / "order-keys.age").exists()
    assert b"privacy_datakey" in pyrage.decrypt((newest / "database.age").read_bytes(), [identity])


def test_old_backups_go_and_the_newest_stays(desk, copy, monkeypatch):
    older = shutil.copytree(copy, copy.with_name("2026-01-01T00-00-00Z"))
    manifest = json.loads((older / "manifest.json").read_text())
    manifest["made_at"] = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    (older / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("PACKBENCH_BACKUP_DIR", str(copy.parent))
    made_at = backups(copy.parent)[0].made_at

    forget_old(read_environment(), now=made_at + timedelta(days=400))

    assert [backup.folder for backup in backups(copy.parent)] == [copy]
