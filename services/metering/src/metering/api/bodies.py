"""Large bodies: unpacked within a limit, decoded once, and one by one where a part is at fault (so the rest is taken).

The first attempt decodes everything typed. Only when that fails is each entry decoded alone, to name the bad ones.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from fastapi import Request
from pydantic import BaseModel

from common.clock import wall_now
from common.errors import RuleBroken
from common.http import MAX_BODY, BodyTooLarge

MOST_ENTRIES = 5_000
_BRACES = 3 * MOST_ENTRIES + 1  # an entry holds at most two objects beside itself
_SMALL = 256 * 1024
_PARTS = f"at most {MOST_ENTRIES}; send parts"
_BEGIN = datetime(2009, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
T = TypeVar("T")


class BadBody(RuleBroken):
    """The body as a whole is not what is read here."""

    code = "invalid_request"


class Refused(BaseModel):
    """Why one entry was not taken: its place in the call, the field at fault, the reason and what would be right."""

    index: int
    field: str
    reason: str
    remedy: str


class _AnyObject(msgspec.Struct, gc=False):
    """Whatever an entry may hold."""


@dataclass(frozen=True, slots=True)
class Entries(Generic[T]):
    """The entries that could be read, with their places in the call, and the others."""

    read: list[tuple[int, T]]
    refused: list[Refused]


class Decoder(Generic[T]):
    """Reads `{name: [entry, ...]}` where each entry is of one type."""

    def __init__(self, name: str, entry: type[T]) -> None:
        self._name = name
        self._all = msgspec.json.Decoder(_body_of(name, list[entry]))  # type: ignore[valid-type]
        self._each = msgspec.json.Decoder(_body_of(name, list[msgspec.Raw]))
        self._objects = msgspec.json.Decoder(_body_of(name, list[_AnyObject]))
        self._one = msgspec.json.Decoder(entry)

    def decode(self, body: bytes) -> Entries[T]:
        """All entries; a body that is no such list, or holds too many entries, is refused as a whole."""
        if body.count(b"{") > _BRACES:  # millions of entries are not even read
            raise BodyTooLarge(f"Too many {self._name} in one call.", field=self._name, remedy=_PARTS)
        try:
            found = list(enumerate(getattr(self._all.decode(body), self._name)))
        except _UNREADABLE:
            return self._one_by_one(body)
        _refuse_too_many(len(found), self._name)
        return Entries(found, [])

    def _one_by_one(self, body: bytes) -> Entries[T]:
        try:
            if len(body) > _SMALL:
                self._objects.decode(body)
            raws = getattr(self._each.decode(body), self._name)
        except msgspec.ValidationError as error:
            raise BadBody(
                f"The request was not understood: {error}.", field=self._name, remedy=f'{{"{self._name}": [...]}}'
            ) from None
        except _UNREADABLE as error:
            raise BadBody(f"The body is no JSON: {error}.", field="body", remedy="send well-formed JSON") from None
        _refuse_too_many(len(raws), self._name)
        read: list[tuple[int, T]] = []
        refused = []
        for index, raw in enumerate(raws):
            try:
                read.append((index, self._one.decode(raw)))
            except _UNREADABLE as error:
                refused.append(_refused(index, error))
        return Entries(read, refused)


def _refused(index: int, error: Exception) -> Refused:
    if not isinstance(error, msgspec.ValidationError):
        return Refused(index=index, field="entry", reason=f"{error}.", remedy="well-formed JSON in UTF-8")
    reason, _, where = str(error).partition(" - at `$")
    return Refused(index=index, field=where.strip(".`") or "entry", reason=reason, remedy="see the API's form")


def _body_of(name: str, entries: Any) -> Any:
    return msgspec.defstruct("Body", [(name, entries)], forbid_unknown_fields=True)


def _refuse_too_many(count: int, name: str) -> None:
    if count > MOST_ENTRIES:
        raise BodyTooLarge(f"{count} {name} in one call.", field=name, remedy=_PARTS)


async def body_of(request: Request) -> bytes:
    """The request's body; a gzipped one is unpacked as far as the limit for bodies goes."""
    body = await request.body()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise BadBody(f"A body coded as {encoding} is not read.", field="Content-Encoding", remedy="gzip, or none")
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(body, MAX_BODY)
    except zlib.error:
        raise BadBody("The body is no gzip.", field="Content-Encoding", remedy="gzip, or none") from None
    if not unpacking.eof and not unpacking.unconsumed_tail and len(plain) < MAX_BODY:
        raise BadBody("The gzip breaks off.", field="body", remedy="send all of it")
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise BodyTooLarge(f"The body unpacks to more than {MAX_BODY // 1024 // 1024} MB.", remedy="send it in parts")
    return plain


def latest() -> datetime:
    """The latest instant that evidence may bear now, by the wall clock."""
    return wall_now() + AHEAD


def instant_refused(index: int, field: str, at: datetime, latest_at: datetime) -> Refused | None:
    """Evidence from the future, or from before there was anything to measure, is none."""
    if _BEGIN <= at <= latest_at:
        return None
    if at > latest_at:
        return Refused(
            index=index, field=field, reason=f"{at.isoformat()} lies in the future.", remedy="set the collector's clock"
        )
    return Refused(
        index=index, field=field, reason=f"{at.isoformat()} lies before 2009.", remedy="the instant of the reading"
    )
