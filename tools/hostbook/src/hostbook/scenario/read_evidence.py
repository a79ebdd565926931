"""Channels, reads, telemetry and hashprice of a scenario file, as metering takes them (rule 3).

A read outside its channel's life, below zero or beyond the modulus is evidence and kept; only what is no number at
all is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from hostbook.scenario.case import Reads, Unit
from hostbook.scenario.fields import Fields, each, instant, number, one_of, row, text
from hostbook.scenario.refusals import BadScenario, under
from metering.domain.hashprice import refuse_overlapping_hashprice
from metering.domain.registers import refuse_overlapping_channels
from metering.domain.values import Channel, HashpriceRow, TelemetryRow, UnitStatus


def channels_of(fields: Fields, units: Iterable[Unit]) -> dict[str, Channel]:
    """By id; channels of one outlet do not overlap."""
    known = {unit.unit_id for unit in units}
    channels: dict[str, Channel] = {}
    for channel in fields.many("channels", lambda value, path: _channel(value, path, known)):
        if channel.channel_id in channels:
            raise BadScenario(f"Channel {channel.channel_id} is given twice.", field="channels", remedy="one id each")
        channels[channel.channel_id] = channel
    with under(""):
        refuse_overlapping_channels(list(channels.values()))
    return channels


def _channel(value: object, path: str, units: set[str]) -> Channel:
    fields = Fields(value, path)
    unit_id = fields.take("unit", text)
    if unit_id not in units:
        raise BadScenario(f"No unit {unit_id}.", field=fields.at("unit"), remedy="an id of units")
    with under(path):
        channel = Channel(
            channel_id=fields.take("id", text),
            outlet_id=fields.take("outlet", text),
            unit_id=unit_id,
            modulus_kwh=Fraction(fields.take("modulus_kwh", number)),
            tick_kwh=Fraction(fields.take("tick_kwh", number)),
            from_at=fields.maybe("from", instant),
            to_at=fields.maybe("to", instant),
        )
    fields.done()
    return channel


def reads_of(value: object, path: str, channels: Mapping[str, Channel]) -> Reads:
    """By channel, in the order given."""
    _by_id(value, path, channels, "channel")
    assert isinstance(value, dict)
    return {channel: each(rows, f"{path}.{channel}", _read) for channel, rows in value.items()}


def _read(value: object, path: str) -> tuple[datetime, Decimal]:
    at, register = row(value, path, 2)
    return instant(at, f"{path}[0]"), number(register, f"{path}[1]")


def telemetry_of(fields: Fields, units: Iterable[Unit]) -> dict[str, list[TelemetryRow]]:
    value, path = fields.raw("telemetry", {}), fields.at("telemetry")
    _by_id(value, path, {unit.unit_id: unit for unit in units}, "unit")
    assert isinstance(value, dict)
    return {unit: each(rows, f"{path}.{unit}", _telemetry_row) for unit, rows in value.items()}


def _telemetry_row(value: object, path: str) -> TelemetryRow:
    from_at, to_at, ths, status = row(value, path, 4)
    with under(path):
        return TelemetryRow(
            instant(from_at, f"{path}[0]"),
            instant(to_at, f"{path}[1]"),
            Fraction(number(ths, f"{path}[2]")),
            one_of(UnitStatus)(status, f"{path}[3]"),
        )


def hashprice_of(fields: Fields) -> list[HashpriceRow]:
    """The series; two rows at one instant are refused."""
    rows = fields.many("hashprice", _hashprice_row)
    with under(""):
        refuse_overlapping_hashprice(rows)
    return rows


def _hashprice_row(value: object, path: str) -> HashpriceRow:
    from_at, to_at, price = row(value, path, 3)
    with under(path):
        return HashpriceRow(
            instant(from_at, f"{path}[0]"), instant(to_at, f"{path}[1]"), Fraction(number(price, f"{path}[2]"))
        )


def _by_id(value: object, path: str, known: Mapping[str, object], what: str) -> None:
    if not isinstance(value, dict):
        raise BadScenario(f"Not given by {what}.", field=path, remedy="an object in braces")
    for name in value:
        if name not in known:
            raise BadScenario(f"No {what} {name}.", field=f"{path}.{name}", remedy=f"an id of {what}s")
