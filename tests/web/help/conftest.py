"""The same browsers and the same pretend Amazon as for the stores."""

from tests.web.stores.conftest import (
    anybody,
    owner,
    packer,
    sign_in,
    stranger,
    viewer,
    workspace,
)

__all__ = [
    "anybody",
    "owner",
    "packer",
    "sign_in",
    "stranger",
    "viewer",
    "workspace",
]
