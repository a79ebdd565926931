"""The refusals of a rule: named, with a sentence a person understands, and the field where there is one."""


class RuleBroken(Exception):
    """A business rule refuses what was asked. `code` is stable for programs, the message is for people.

    `field` names the value at fault as the caller wrote it (dotted path), `remedy` says what would be right.
    """

    code, status = "rule_broken", 422

    def __init__(self, message: str, *, field: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message, self.field, self.remedy = message, field, remedy


def refusal(code: str, status: int, meaning: str) -> type[RuleBroken]:
    """A kind of refusal that is told apart by its code alone."""
    return type(code, (RuleBroken,), {"code": code, "status": status, "__doc__": meaning})


class NotFound(RuleBroken):
    """No such thing for this caller; a foreign organization's or customer's thing looks the same."""

    code, status = "not_found", 404


class Conflict(RuleBroken):
    """The thing exists in a state that excludes what was asked."""

    code, status = "conflict", 409


class Forbidden(RuleBroken):
    """The caller is known and lacks the permission."""

    code, status = "forbidden", 403


class Unavailable(Exception):
    """A part we depend on does not answer now; the same call may go through later (transient)."""


class NotYet(NotFound, Unavailable):
    """Another service's fact is not here (yet); a consumer waits for it, as long as its back-off grows."""
