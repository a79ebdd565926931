"""Wire forms that several events share. Numbers travel as strings: no binary fraction ever carries money or energy."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,24}(\.\d{1,18})?$")]
ExactText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$|^-?\d+/[1-9]\d*$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Instant = AwareDatetime
Day = date


_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(value: Any) -> Any:
    """What came in, unless it is a text, or a list of texts, with characters that nobody sees and that deceive.

    Control characters but line breaks and tabs, halves of characters, and those that turn the direction of writing.
    """
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str) and _UNSEEN.search(text):
            raise ValueError("Control and direction-changing characters cannot stand here; send plain text")
    return value


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")
