"""Wire forms that several events share. Numbers travel as strings: no binary fraction ever carries money or energy."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,24}(\.\d{1,18})?$")]
ExactText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$|^-?\d+/[1-9]\d*$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Instant = AwareDatetime
Day = date


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")
