"""What keeps a backup from being made or restored: a sentence for the operator."""


class BackupError(Exception):
    """Said on the terminal, and the command ends with 1."""
