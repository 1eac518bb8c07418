"""Making a cluster, and checking that an existing one is of our version."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from packbench.config.embedded.cluster import (
    NAME,
    Cluster,
    log_since,
    log_size,
    make_socket_folder,
    run,
)
from packbench.config.embedded.configuring import configure
from packbench.config.embedded.errors import EmbeddedError


class WrongMajorVersion(EmbeddedError):
    """The data folder was made by another major version; it was not touched."""


def ensure_created(cluster: Cluster) -> None:
    """Make the cluster where there is none yet; a half-made one of an earlier try is removed."""
    _remove_leftovers(cluster)
    make_socket_folder(cluster)
    configure(cluster)
    if not cluster.data.exists():
        _create(cluster)


def check_version(cluster: Cluster) -> None:
    """Raise WrongMajorVersion where the data folder is of another major version than we are."""
    if not cluster.data.exists():
        return
    found, ours = _data_version(cluster), cluster.binaries.major
    if found != str(ours):
        raise WrongMajorVersion(
            f"The data folder {cluster.data} was made by PostgreSQL {found}; this Packbench "
            f"brings PostgreSQL {ours}, which cannot open it. Nothing was changed. Start the "
            f"folder with PostgreSQL {found} and dump it (`pg_dump -Fc {NAME}`), move "
            f"{cluster.folder} away, start Packbench once, and restore the dump (`pg_restore "
            f"--clean --if-exists -d {NAME}`); or go back to the Packbench that made it."
        )


def reset_password(cluster: Cluster) -> None:
    """Give the role a new password. The server must not be running."""
    password = secrets.token_hex(32)
    _as_superuser(cluster, cluster.data, f"ALTER ROLE {NAME} PASSWORD '{password}'")
    _write_private(cluster.password, password)


def _data_version(cluster: Cluster) -> str:
    try:
        return (cluster.data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise EmbeddedError(
            f"{cluster.data} is not a PostgreSQL data folder: move it away, or restore it."
        ) from None


def _create(cluster: Cluster) -> None:
    """Made beside its place and renamed, so that a data folder is always a complete one."""
    password = secrets.token_hex(32)
    fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=cluster.folder))
    cluster.account.own(fresh)
    size = log_size(cluster)
    if run(cluster, "initdb", "-D", str(fresh), *_initdb_options(cluster)) != 0:
        raise _failed(cluster, size)
    _as_superuser(
        cluster,
        fresh,
        f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{password}'",
        f"CREATE DATABASE {NAME} OWNER {NAME}",
    )
    _write_private(cluster.password, password)
    fresh.rename(cluster.data)
    _sync(cluster.folder)


def _initdb_options(cluster: Cluster) -> list[str]:
    options = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-k", "--auth=reject"]
    if cluster.binaries.major >= 17:  # sorts the same whatever the system's C library does
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return options


def _as_superuser(cluster: Cluster, data: Path, *statements: str) -> None:
    """Run statements while no server runs. It is the only way to be superuser: it has no log-in."""
    size = log_size(cluster)
    options = ["-c", f"config_file={cluster.configuration}", "-c", "exit_on_error=on"]
    words = ["postgres", "--single", "-D", str(data), *options, "postgres"]
    if run(cluster, *words, text="\n".join(statements) + "\n") != 0:
        raise _failed(cluster, size)


def _failed(cluster: Cluster, size: int) -> EmbeddedError:
    text = log_since(cluster, size).strip()
    last = text.splitlines()[-1] if text else "it gave no reason"
    return EmbeddedError(f"The database could not be created: {last} (log: {cluster.log})")


def _remove_leftovers(cluster: Cluster) -> None:
    for folder in cluster.folder.glob("data.new-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(file)
    fresh.rename(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
