"""What may go wrong, in words of the domain. Each knows its status and its page."""


class CivicError(Exception):
    """A refusal that a person is told about."""

    status = 500

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class RuleBroken(CivicError):
    """A rule of the domain says no; `message` is a msgid, `field` names the input it concerns."""

    status = 422

    def __init__(self, message: str, field: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.field = field
        self.values = values


class Forbidden(CivicError):
    """The actor is known and may not do this."""

    status = 403


class Missing(CivicError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404


class Conflict(CivicError):
    """Somebody else changed the thing in between."""

    status = 409


class Outdated(Conflict):
    """The thing is no longer as it was when its form was opened; nobody's words get lost unseen.

    `now` is how it stands, in the form's own terms: sent again with it, the words count.
    """

    def __init__(self, now: str) -> None:
        super().__init__(
            "Somebody has changed this while you were writing. Open it in a second window and "
            "compare. If you save again now, your version counts."
        )
        self.now = now


class Unavailable(CivicError):
    """What the house leans on gives no answer; nothing was changed. `message` is a msgid."""

    status = 503
    retry_after = 60

    def __init__(self, message: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooMany(CivicError):
    """A limit was reached; `retry_after` in seconds."""

    status = 429

    def __init__(self, message: str = "", retry_after: int = 300) -> None:
        super().__init__(message)
        self.retry_after = retry_after
