"""A database of before, whose rows held the orders' keys, is migrated: the key store opens them."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from packbench.privacy.sealing import OpenKey
from tests.cluster import database_url
from tests.privacy.old_keys import AT_ONCE, PLACE
from tests.proofs.canaries import data_directory
from tests.proofs.scratch import ROOT, scratch_database

KEYS = 25  # of each workspace
SLICES = 2 * KEYS // AT_ONCE


class Old:
    """A desk whose database is of before, with keys in it."""

    def __init__(self, url, home):
        self.url = url
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "PACKBENCH_HOME": str(home),
            "PACKBENCH_LOG_LEVEL": "ERROR",
        }
        self.sealed = json.loads(self.keys("fill", str(KEYS)))

    def keys(self, *words, is_killed=False):
        done = subprocess.run(
            [sys.executable, "-m", "tests.privacy.old_keys", *words],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            timeout=300,
        )
        assert done.returncode == (-9 if is_killed else 0), done.stderr.decode()
        return done.stdout

    def bytes_of_the_table(self):
        """The file that PostgreSQL keeps the keys' table in, as it is on the disk."""
        with scratch_database(self.url, is_empty=True):
            pass  # dropping a database makes PostgreSQL write down what it holds in memory
        with psycopg.connect(self.url) as connection:
            query = "select pg_relation_filepath('privacy_datakey')"
            return (data_directory(self.url) / connection.execute(query).fetchone()[0]).read_bytes()


@pytest.fixture
def old(tmp_path):
    with scratch_database(database_url(), is_empty=True) as url:
        yield Old(url, tmp_path)


def check(old, said):
    """Every key is in the store and there alone, and opens what it sealed."""
    found, table = json.loads(said), old.bytes_of_the_table()
    assert len(found["secrets"]) == found["in_store"] == len(old.sealed) == 2 * KEYS
    assert (found["in_rows"], found["destroyed"]) == (0, 1)
    for key_id, (plain, words, wrapped) in old.sealed.items():
        key = OpenKey.of(key_id, bytes.fromhex(found["secrets"][key_id]))
        assert key.open(bytes.fromhex(words), place=PLACE).decode() == plain
        assert bytes.fromhex(wrapped) not in table


def test_keys_of_before_open_from_the_store_though_moving_them_was_cut_short(old):
    table = old.bytes_of_the_table()
    assert all(bytes.fromhex(wrapped) in table for _, _, wrapped in old.sealed.values())

    old.keys("move", f"update:{SLICES}", is_killed=True)  # all are moved, nothing is rewritten
    said = old.keys("move", "")

    check(old, said)


@pytest.mark.proof
@pytest.mark.parametrize("moment", ["put:1", "put:3", "update:1", "update:3", ""])
def test_wherever_it_is_killed_it_is_run_again(old, moment):
    if moment:
        old.keys("move", moment, is_killed=True)

    said = old.keys("move", "")

    check(old, said)
