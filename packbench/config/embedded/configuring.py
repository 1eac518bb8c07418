"""The server's settings: small, on a Unix socket, and without values in its log.

Written anew at every start; they lie beside the data folder, which holds nothing of ours.
"""

import os
from pathlib import Path

from packbench.config.embedded.cluster import Cluster

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    # Small: the desk, a few workers, and a person at psql.
    "max_connections": "40",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "random_page_cost": "1.1",
    # A statement's values are people's names and addresses: they stay out of the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
}
LEAST_MB, MOST_MB = 48, 512  # of pages that PostgreSQL keeps itself
SETTINGS_OF_18 = {"io_method": "sync"}  # else three idle processes more
ACCESS_RULES = "# Written at every start.\nlocal all packbench scram-sha-256\n"


def configure(cluster: Cluster) -> None:
    """Write the configuration that the next start reads."""
    settings = {
        **SETTINGS,
        **_by_memory(),
        **(SETTINGS_OF_18 if cluster.binaries.major >= 18 else {}),
    }
    settings["unix_socket_directories"] = str(cluster.socket_folder)
    settings["hba_file"] = str(cluster.access_rules)
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    _write(cluster.configuration, "# Written at every start.\n" + "\n".join(lines) + "\n")
    _write(cluster.access_rules, ACCESS_RULES)


def _by_memory() -> dict[str, str]:
    """A small share of the machine: with a million orders each import touches many pages."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{min(max(memory_mb // 32, LEAST_MB), MOST_MB)}MB",
        "effective_cache_size": f"{max(memory_mb // 4, 512)}MB",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)  # PostgreSQL's account reads it; the folder above is closed to others
