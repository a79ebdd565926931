"""What the body of no request may hold, whichever service it goes to (issue 6, section 6)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from common.http import Body


class Letter(Body):
    to: str
    lines: list[str] = []  # noqa: RUF012 - pydantic copies it
    pages: int | None = None


@pytest.mark.parametrize("text", ["a\0b", "a\x07b", "a\x1b[2J", "\x9ba", "a\u202eb", "a\u2066b", "a\ud800b"])
@pytest.mark.parametrize("field", ["to", "lines"])
def test_no_text_holds_what_nobody_sees_or_what_turns_the_writing_round(field: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Letter.model_validate({"to": "a", field: text if field == "to" else ["fine", text]})
    (one,) = refused.value.errors()
    assert (one["loc"], "send plain text" in one["msg"]) == ((field,), True)


def test_lines_tabs_and_every_script_may_stand_there() -> None:
    body = {"to": " שלום עולם ", "lines": ["one\ntwo\r\n\tthree", "👩‍🏭 naïve <b>"], "pages": 3}
    assert Letter.model_validate(body).model_dump() == body | {"to": "שלום עולם"}
