"""What can keep the embedded PostgreSQL from running; every message is for an operator."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message says what to change."""


class DiskFull(EmbeddedError):
    """There is no room left; nothing that was committed is lost."""
