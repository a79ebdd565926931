"""If-Match where it is optional: without it a change does not ask whether somebody else changed the thing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from common.http import Stale


def _maybe(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version that the caller read, if it names one."""
    if if_match is None:
        return None
    digits = if_match.removeprefix("W/").strip('"')
    if not digits.isdigit():
        raise Stale(f"{if_match} is not a version.", field="If-Match", remedy="send the ETag you read")
    return int(digits)


MaybeIfMatch = Annotated[int | None, Depends(_maybe)]
