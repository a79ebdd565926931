"""Manual extensions of a lease, counted and limited (CB-13, CB-15)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from common.errors import RuleBroken
from contracts.domain.terms import Tenure, prolonged

DEFAULT_LIMIT = 3
HIGHEST_LIMIT = 99


class ExtensionLimitOutOfRange(RuleBroken):
    """The agreed number of extensions is negative or absurd."""

    code = "extension_limit_out_of_range"


class ExtensionsExhausted(RuleBroken):
    """Every agreed extension was used."""

    code = "extensions_exhausted"
    status = 409


@dataclass(frozen=True, slots=True)
class Extensions:
    """How many extensions were agreed and how many were used."""

    limit: int = DEFAULT_LIMIT
    used: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= HIGHEST_LIMIT:
            raise ExtensionLimitOutOfRange(
                f"{self.limit} extensions cannot be agreed.",
                field="extensions.limit",
                remedy=f"0 to {HIGHEST_LIMIT}",
            )


def extended(tenure: Tenure, extensions: Extensions) -> tuple[Tenure, Extensions]:
    """One more term, and one extension used; the one above the limit is refused."""
    if extensions.used >= extensions.limit:
        raise ExtensionsExhausted(
            f"All {extensions.limit} extensions of this lease are used.",
            field="extensions",
            remedy="make a new contract",
        )
    return prolonged(tenure), replace(extensions, used=extensions.used + 1)
