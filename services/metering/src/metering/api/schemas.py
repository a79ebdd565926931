"""Requests and answers of PDUs, channels and hashprice."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

from common.http import Body
from events.types import DecimalText
from metering.api.asked_days import AskedInstant
from metering.domain.collector import MeterDriver, secret_among

ADDRESS = r"^[A-Za-z0-9_.:%\-]+$"


def _without_secrets(options: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
    if (name := secret_among(options)) is not None:
        raise ValueError(f"{name} would be a secret; keep it at the collector and name it in `credential`")
    return options


Options = Annotated[dict[Annotated[str, Field(max_length=40)], str | int | bool], AfterValidator(_without_secrets)]


class Device(Body):
    """How a collector reaches the PDU. `credential` names a secret that the collector keeps; none is taken here."""

    driver: str = Field(pattern=r"^[a-z0-9_]{1,40}$", examples=["snmp"])
    address: str = Field(min_length=1, max_length=253, pattern=ADDRESS, examples=["10.0.0.5"])
    port: int | None = Field(None, ge=1, le=65535)
    interval_s: int | None = Field(
        None, ge=10, le=3600, description="Between two polls; the schedule's if absent.", examples=[60]
    )
    unit: str | None = Field(None, max_length=40, description="Which PDU of a daisy chain.")
    credential: str | None = Field(None, max_length=100)
    options: Options = Field(default_factory=dict, max_length=30)


class NewDevice(Device):
    """As it is set: in a language that collectors speak."""

    driver: MeterDriver = Field(examples=["snmp"])


class NewPdu(Body):
    """A power distribution unit: how many outlets, and how their registers count."""

    name: str = Field(min_length=1, max_length=100, examples=["PDU-A"])
    site_id: UUID
    model: str | None = Field(None, max_length=100)
    outlet_count: int = Field(ge=1, le=2000)
    tick_kwh: DecimalText = Field(description="The resolution of a register.", examples=["0.001"])
    modulus_kwh: DecimalText = Field(description="Where a register begins again at 0.", examples=["4294967.296"])
    device: NewDevice | None = None


class PduChange(Body):
    """What of a PDU may change; what is left out stays. Outlets and registers belong to a PDU for ever: replace it."""

    model: str | None = Field(None, max_length=100)
    device: NewDevice | None = None


class PduAnswer(BaseModel):
    """A PDU."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias=AliasChoices("id", "pdu_id"))
    name: str
    site_id: UUID
    model: str | None
    outlet_count: int
    tick_kwh: str
    modulus_kwh: str
    device: Device | None
    version: int


class PduList(BaseModel):
    """A page of PDUs; `next` continues it."""

    items: list[PduAnswer]
    next: str | None


class NewChannel(Body):
    """One register's life on an outlet: which unit it measures. Absent ends are unlimited."""

    pdu_id: UUID
    position: int = Field(ge=1, description="The place in the PDU's vector of registers, from 1.")
    outlet: str = Field(min_length=1, max_length=100, description="The outlet's name; it stays when a PDU is replaced.")
    unit_id: UUID
    from_at: AskedInstant | None = None
    to_at: AskedInstant | None = None


class NewChannels(Body):
    """Channels opened together, all or none."""

    channels: list[NewChannel] = Field(min_length=1, max_length=1000)


class ChannelEnd(Body):
    """When a channel's life ended."""

    to_at: AskedInstant


class ChannelAnswer(BaseModel):
    """A channel."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias=AliasChoices("id", "channel_id"))
    pdu_id: UUID
    unit_id: UUID
    position: int
    outlet: str
    from_at: AwareDatetime | None
    to_at: AwareDatetime | None


class ChannelList(BaseModel):
    """Channels; `next` continues a page."""

    items: list[ChannelAnswer]
    next: str | None = None


class PollAnswer(BaseModel):
    """One poll as it came: registers in Wh and watts by outlet, null where unreadable; when it was received."""

    polled_at: AwareDatetime
    received_at: AwareDatetime
    energy_wh: list[int | None]
    power_w: list[int | None] | None


class PollList(BaseModel):
    """A page of a PDU's polls in order of time; two with one instant are two different answers."""

    items: list[PollAnswer]
    next: str | None


class HashpriceRow(Body):
    """What a PH/s earned a day over half-open [from_at, to_at)."""

    from_at: AskedInstant
    to_at: AskedInstant
    usd_per_ph_day: DecimalText


class HashpriceRows(Body):
    """Rows of a series; they may touch each other and what is there, not overlap."""

    series: str = Field(min_length=1, max_length=60, examples=["luxor"])
    rows: list[HashpriceRow] = Field(min_length=1, max_length=5000)


class HashpriceList(BaseModel):
    """A part of a series, in order of time."""

    series: str
    items: list[HashpriceRow]
    next: str | None
