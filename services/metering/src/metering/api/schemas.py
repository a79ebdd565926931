"""Requests and answers of PDUs, channels, hashprice and settings."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.http import Body
from events.types import DecimalText
from metering.domain.values import ResetEstimate


class NewPdu(Body):
    """A power distribution unit: how many outlets, and how their registers count."""

    name: str = Field(min_length=1, max_length=100, examples=["PDU-A"])
    site_id: UUID
    model: str | None = Field(None, max_length=100)
    outlet_count: int = Field(ge=1, le=2000)
    tick_kwh: DecimalText = Field(description="The resolution of a register.", examples=["0.001"])
    modulus_kwh: DecimalText = Field(description="Where a register begins again at 0.", examples=["4294967.296"])


class PduAnswer(BaseModel):
    """A PDU."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias="pdu_id")
    name: str
    site_id: UUID
    model: str | None
    outlet_count: int
    tick_kwh: str
    modulus_kwh: str


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
    from_at: AwareDatetime | None = None
    to_at: AwareDatetime | None = None


class NewChannels(Body):
    """Channels opened together, all or none."""

    channels: list[NewChannel] = Field(min_length=1, max_length=1000)


class ChannelEnd(Body):
    """When a channel's life ended."""

    to_at: AwareDatetime


class ChannelAnswer(BaseModel):
    """A channel."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, validate_by_alias=True)
    id: UUID = Field(validation_alias="channel_id")
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


class HashpriceRow(Body):
    """What a PH/s earned a day over half-open [from_at, to_at)."""

    from_at: AwareDatetime
    to_at: AwareDatetime
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


class SettingsBody(Body):
    """How usage is derived and when a day is final."""

    reset_estimate: ResetEstimate = ResetEstimate.NONE
    settle_minutes: int = Field(15, ge=0, le=1440, description="After local midnight, before a day is closed.")
    hashprice_series: str = Field("default", min_length=1, max_length=60)


class SettingsAnswer(SettingsBody):
    """The settings, with their version (also the ETag)."""

    version: int
