"""Where a page goes on: the key of the last entry shown, as the cursor carries it."""

from __future__ import annotations

from uuid import UUID

from common.errors import RuleBroken


def id_at(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise _foreign() from None


def number_at(cursor: str) -> int:
    if not cursor.isdecimal():
        raise _foreign()
    return int(cursor)


def _foreign() -> RuleBroken:
    return RuleBroken("This cursor is of another list.", field="after", remedy="send `next` of this list as it came")
