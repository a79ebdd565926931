"""What miners call JSON. Well-formed answers are read as they are; for others, known slips of firmwares are mended.

Mended: a comma missing between values (`}{`, `"a""b"`) or one too many, `nan` and `inf`, escapes that JSON lacks
(a quoted apostrophe), line breaks inside strings, a list written like an object, NUL bytes, what follows the end. An
answer that breaks off is refused, never completed: half of a summary is no summary.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_OPENERS = ("", ",", ":", "{", "[")
_CLOSING = {"{": "}", "[": "]"}


class NotJson(Exception):
    """The answer is beyond mending: a sentence that says where."""


def document(raw: bytes) -> dict[str, Any]:
    """The object that an answer is; numbers with a point become `Decimal`, nan and infinity become None."""
    text = raw.replace(b"\0", b"").decode("utf-8", "replace").strip()
    try:
        found = _loaded(text)
    except ValueError:
        try:
            found = _loaded(_mended(text))
        except ValueError as error:
            raise NotJson(f"no JSON ({error})") from None
    if not isinstance(found, dict):
        raise NotJson(f"a {type(found).__name__} where an object belongs")
    return found


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=lambda _: None, strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _mended(text: str) -> str:
    out: list[str] = []
    opened: list[int] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if text[end : match.start()].strip():
            break  # a quotation mark without its partner
        end, word = match.end(), match.group()
        if word in "}]":
            _close(out, opened)
            if not opened:
                return " ".join(out)  # whatever follows the object's end is none of ours
        else:
            _add(word, out, opened)
    raise ValueError(f"it breaks off after {len(text)} characters" if opened else "no object in it")


def _close(out: list[str], opened: list[int]) -> None:
    if not opened:
        raise ValueError("it ends what never began")
    if out[-1] == ",":
        out.pop()
    out.append(_CLOSING[out[opened.pop()]])


def _add(word: str, out: list[str], opened: list[int]) -> None:
    previous = out[-1] if out else ""
    if word == ",":
        if previous not in _OPENERS:
            out.append(word)
        return
    if word == ":":
        if opened:
            out[opened[-1]] = "{"  # a list with names in it is an object
        out.append(word)
        return
    if previous not in _OPENERS:
        out.append(",")
    if word in "{[":
        opened.append(len(out))
    out.append(word if word in "{[" else _scalar(word))


def _scalar(word: str) -> str:
    if word.startswith('"'):
        return _ESCAPE.sub(lambda m: m[0] if len(m[1]) > 1 or m[1] in '"\\/bfnrt' else m[1], word)
    if _NUMBER.fullmatch(word) or word in ("true", "false", "null"):
        return word
    if word.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "null"
    return json.dumps(word)
