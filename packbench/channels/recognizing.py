"""Recognizing what Amazon's old Marketplace Web Service used, when it is pasted in (SEED-12)."""

import re

from packbench.lib.sentences import marked

MWS_TOKEN = marked(
    "This is an auth token of Amazon MWS, which Amazon has shut down. It cannot be converted. "
    "Make a private application once and paste its refresh token (Atzr|…) instead."
)
MWS_ACCESS_KEY = marked(
    "This is an access key of Amazon MWS or of AWS. Amazon needs neither any more: paste the "
    "client ID and the client secret of your application instead."
)
MWS_DEVELOPER_ID = marked(
    "This is a developer ID of Amazon MWS. There is no developer to authorize any more: you make "
    "a private application of your own and paste its keys."
)
ACCESS_TOKEN = marked(
    "This is an access token, which ends within the hour. Paste the refresh token: it begins "
    "with Atzr|."
)

KINDS = (
    (re.compile(r"amzn\.mws\.[0-9a-f][0-9a-f-]{7,60}", re.IGNORECASE), MWS_TOKEN),
    (re.compile(r"A[KS]IA[0-9A-Z]{16}"), MWS_ACCESS_KEY),
    (re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}"), MWS_DEVELOPER_ID),
    (re.compile(r"Atza\|.{8,}", re.DOTALL), ACCESS_TOKEN),
)
OF_MWS = frozenset({MWS_TOKEN, MWS_ACCESS_KEY, MWS_DEVELOPER_ID})


def recognize(pasted: str) -> str:
    """Return the sentence that says what this is and what to do now; empty for anything else."""
    text = pasted.strip()
    return next((sentence for shape, sentence in KINDS if shape.fullmatch(text)), "")
