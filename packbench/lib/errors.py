"""What can go wrong when we talk to another system, named for what happens next."""

from packbench.lib.sentences import Sentence


class RemoteError(Exception):
    """Another system did not do what was asked: a sentence a seller can act on, and a code.

    `request_id` is the other system's own number for the call, for its support. The message
    never holds a body, a header or a buyer's data.
    """

    def __init__(self, text: str, *, code: str, request_id: str = "", **values: object) -> None:
        self.sentence = Sentence(text, {name: str(value) for name, value in values.items()})
        self.code = code
        self.request_id = request_id
        super().__init__(str(self.sentence))


class TemporaryError(RemoteError):
    """Nothing happened there; the same call may be made again, after `retry_after` seconds."""

    def __init__(
        self,
        text: str,
        *,
        code: str,
        request_id: str = "",
        retry_after: float | None = None,
        **values: object,
    ) -> None:
        super().__init__(text, code=code, request_id=request_id, **values)
        self.retry_after = retry_after


class Throttled(TemporaryError):
    """The quota is used up, here or there; `retry_after` says when it is worth asking again."""


class OutcomeUnknown(RemoteError):
    """It may have happened: the answer got lost. Look before repeating."""


class Rejected(RemoteError):
    """The other system understood and refused: a person must change something."""


class NotFound(Rejected):
    """The other system does not know the thing that was named."""


class BadCredentials(RemoteError):
    """The account must be reconnected or its application mended; its jobs pause."""


class Unsupported(RemoteError):
    """The other system cannot do that."""
