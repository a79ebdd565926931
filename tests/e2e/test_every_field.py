"""Every text of every operation's body against what people and programs send by mistake or on purpose (issue 6, 6).

Each is refused with a problem that names the field, or kept as it was sent; nothing breaks, no refusal keeps anything.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx

from common.auth import Principal
from identity.domain.roles import PERMISSIONS
from support.callers import Here, Operation, operations
from support.fields import Fields, Path, put
from support.furnished import House

ALWAYS = {"empty": "", "surrogate": "a\ud800b"}
OF_FREE_TEXT = {
    "control": "a\x07b",
    "nul": "a\x00b",
    "long": "x" * 10_000,
    "markup": "<script>alert(1)</script>",
    "hidden": "a\u202eb",
}
OUTSIDE = 503  # what is called outside is not part of this process
# Attempts to sign in are counted whatever comes of them.
COUNTED = ("/v1/auth/", "/v1/account/")


class Asking:
    """One operation of a host's own, again and again with another body."""

    def __init__(self, here: Here, house: House, one: Operation) -> None:
        self._here, self._one, self._ids = here, one, house.known("alpha")
        self._caller = Principal(f"user:{house.ids['member_id']}", UUID(house.world.id), PERMISSIONS)
        self.body = one.body(self._ids)

    async def send(self, body: Any) -> tuple[httpx.Response, bool]:
        """The answer, and whether something would have been kept."""
        before = self._here.written
        path = self._one.path
        for name in self._one.in_path:
            path = path.replace(f"{{{name}}}", self._ids.get(name, str(UUID(int=7))))
        said = {"content": json.dumps(body).encode(), "params": self._one.query(self._ids)}
        headers = {"Content-Type": "application/json"}
        method = self._one.method.upper()
        answer = await self._here.send(self._caller, self._one.service, method, path, headers=headers, **said)
        return answer, self._here.written > before


def named(answer: httpx.Response) -> list[str]:
    return [one.get("field", "") for one in answer.json().get("errors", [])]


def fits(fields: list[str], at: Path) -> bool:
    """Whether one of the fields is the place, or lies on the way to it, or in it."""
    words = [str(part) for part in at]
    return any(set(field.replace("[", ".").replace("]", "").split(".")) & set(words) for field in fields)


def back(answer: httpx.Response, at: Path) -> Any:
    """What the answer holds at the place; the place's own name where there is nothing."""
    found: Any = answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else {}
    for part in at:
        is_there = part in found if isinstance(found, dict) else isinstance(found, list) and part == 0 and found
        if not is_there:
            return at
        found = found[part]
    return found


def wrong(answer: httpx.Response, usual: httpx.Response, at: Path, value: str) -> str | None:
    """What is not as it should be, in a word."""
    if answer.status_code >= 500:
        return None if answer.status_code == OUTSIDE == usual.status_code else f"{answer.status_code} {answer.text}"
    if answer.status_code < 300:
        found = back(answer, at)
        kept = found == at or found is None or found == value.strip()
        return None if kept else f"comes back as {found!r:.60}"
    if answer.headers["content-type"] != "application/problem+json":
        return "is no problem+json"
    if named(answer) == ["body"] and "\ud800" in value:
        return None  # such bodies are not JSON at all for some readers
    is_usual = (answer.status_code, answer.json()["code"]) == (usual.status_code, usual.json().get("code"))
    return None if is_usual or fits(named(answer), at) else f"{answer.status_code} names {named(answer)}"


def values(*, is_free: bool) -> Iterator[tuple[str, str]]:
    yield from ALWAYS.items()
    if is_free:
        yield from OF_FREE_TEXT.items()


async def test_every_text_is_refused_by_its_name_or_kept_as_it_is(
    houses: tuple[House, House], undone: Here, document: dict[str, Any]
) -> None:
    told, found, places = Counter[str](), list[str](), 0
    for one in operations(document):
        if one.schema is None:
            continue
        asking = Asking(undone, houses[0], one)
        usual, _ = await asking.send(asking.body)
        for at, is_free in sorted(set(Fields(document).texts(one.schema, asking.body)), key=str):
            places += 1
            for name, value in values(is_free=is_free):
                answer, is_kept = await asking.send(put(asking.body, at, value))
                said = wrong(answer, usual, at, value)
                told[f"{answer.status_code // 100}xx"] += 1
                place = f"{one} {'.'.join(map(str, at))} {name}"
                if said is not None:
                    found.append(f"{place}: {said}")
                if is_kept and answer.status_code >= 400 and not one.path.startswith(COUNTED):
                    found.append(f"{place}: refused with {answer.status_code}, and yet something was kept")
    print(f"{places} texts, {told.total()} requests: {dict(sorted(told.items()))}")
    assert found == [], "\n".join(found)
