"""Secrets of the installation: made once, whoever comes first, and read by many at once."""

import stat
from concurrent.futures import ThreadPoolExecutor

from packbench.config.keyring import root_keys

THREADS, READS = 8, 400


def test_threads_that_start_at_once_agree_on_one_key_that_only_we_can_read(tmp_path):
    with ThreadPoolExecutor(THREADS) as threads:
        keys = list(threads.map(lambda _: root_keys(tmp_path, None, None), range(READS)))

    assert len(set(keys)) == 1
    [file] = (tmp_path / "keys").iterdir()  # no draft is left
    assert stat.S_IMODE(file.stat().st_mode) == 0o400


def test_reading_a_key_writes_nothing(tmp_path):
    root_keys(tmp_path, None, None)
    folder = tmp_path / "keys"
    before = folder.stat().st_mtime_ns

    assert root_keys(tmp_path, None, None) == root_keys(tmp_path, None, None)

    assert folder.stat().st_mtime_ns == before
