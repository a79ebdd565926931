"""How many calls a key makes a minute: a bucket that fills evenly and is never fuller than a minute's worth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Bucket:
    """`left` calls at the instant `at_ms` of a clock that only goes forward."""

    per_minute: int
    left: Fraction
    at_ms: int

    def taken(self, now_ms: int) -> tuple[Bucket, bool]:
        """The bucket after one more call, and whether that call was within the limit."""
        grown = min(Fraction(self.per_minute), self.left + Fraction(self.per_minute * (now_ms - self.at_ms), 60_000))
        if grown < 1:
            return Bucket(self.per_minute, grown, now_ms), False
        return Bucket(self.per_minute, grown - 1, now_ms), True

    @property
    def wait_s(self) -> int:
        """Whole seconds until there is room for a call again."""
        missing = (1 - self.left) * 60 / self.per_minute
        return max(0, -(-missing.numerator // missing.denominator))

    def headers(self) -> dict[str, str]:
        """What is left, in the words of the standard header fields."""
        return {
            "RateLimit-Policy": f'"key";q={self.per_minute};w=60',
            "RateLimit": f'"key";r={int(self.left)};t={self.wait_s or 1}',
        }


def full(per_minute: int, now_ms: int) -> Bucket:
    return Bucket(per_minute, Fraction(per_minute), now_ms)
