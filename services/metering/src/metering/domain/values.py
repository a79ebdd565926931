"""The evidence of one unit, and who is billed for it: the values that callers hand to `usage.derive_usage`.

Instants are aware datetimes, quantities exact `Fraction`s. Reads alone come as two columns of integers, because
there are millions of them. `None` for `from_at` or `to_at` means unlimited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from metering.domain.refusals import BadChannel, BadHashprice, BadRating, BadReads, BadTelemetry
from metering.domain.state import ChannelState


class Method(StrEnum):
    """How a kWh is known (rules 3): by registers, by hashrate, or by nameplate and hours."""

    METERED = "metered"
    HASH = "hash"
    CALCULATED = "calculated"


class UnitStatus(StrEnum):
    """What telemetry says of a unit: hashing, drawing power without hashing, or off."""

    HASHING = "hashing"
    ONLINE = "online"
    OFFLINE = "offline"


class ResetEstimate(StrEnum):
    """Whether the lost tail of a reset register is estimated from the 24 hours before it (rule 3, setting)."""

    NONE = "none"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Rating:
    """A unit's nameplate from an instant on (W, TH/s, J/TH); the first one also holds for all time before."""

    rated_w: Fraction
    rated_ths: Fraction
    efficiency_jth: Fraction | None = None
    from_at: datetime | None = None

    def __post_init__(self) -> None:
        efficiency = Fraction(0) if self.efficiency_jth is None else self.efficiency_jth
        for name, number in (("rated_w", self.rated_w), ("rated_ths", self.rated_ths), ("efficiency_jth", efficiency)):
            if number < 0:
                raise BadRating(f"A unit cannot be rated {number} (rule 3).", field=name, remedy="zero or more")


@dataclass(frozen=True, slots=True)
class Channel:
    """One register's life on an outlet: kWh below `modulus_kwh`, in steps of `tick_kwh` (rule 3, metered)."""

    channel_id: str
    outlet_id: str
    unit_id: str
    modulus_kwh: Fraction
    tick_kwh: Fraction
    from_at: datetime | None = None
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.modulus_kwh <= 0:
            raise BadChannel(f"A modulus of {self.modulus_kwh} kWh holds no register.", field="modulus_kwh")
        if not 0 < self.tick_kwh <= self.modulus_kwh:
            raise BadChannel(
                f"A tick of {self.tick_kwh} kWh does not fit a register of {self.modulus_kwh} kWh.",
                field="tick_kwh",
                remedy="more than 0 and not more than the modulus",
            )
        if self.from_at is not None and self.to_at is not None and self.to_at < self.from_at:
            raise BadChannel(f"Channel {self.channel_id} ends before it begins.", field="to")


@dataclass(frozen=True, slots=True)
class ChannelReads:
    """The raw reads of a channel as they came: any order, doubled, out of range, all allowed.

    `instants_us[i]` (microseconds since 1970 UTC, see `instants`) saw the register at `registers[i]` x `step_kwh`.
    With `state`, only the reads after `state.reference_at` are needed; earlier ones are passed over.
    """

    channel: Channel
    instants_us: Sequence[int]
    registers: Sequence[int]
    step_kwh: Fraction
    state: ChannelState | None = None

    def __post_init__(self) -> None:
        if len(self.instants_us) != len(self.registers):
            raise BadReads(f"{len(self.instants_us)} instants stand against {len(self.registers)} registers.")
        if self.step_kwh <= 0:
            raise BadReads(f"A register step of {self.step_kwh} kWh is none.", field="step_kwh")


@dataclass(frozen=True, slots=True)
class TelemetryRow:
    """What was recorded of a unit over half-open [from_at, to_at): TH/s and status, constant in between."""

    from_at: datetime
    to_at: datetime
    ths: Fraction
    status: UnitStatus

    def __post_init__(self) -> None:
        if self.to_at < self.from_at:
            raise BadTelemetry(f"A telemetry row ends at {self.to_at} before it begins.", field="to_at")
        if self.ths < 0:
            raise BadTelemetry(f"A hashrate of {self.ths} TH/s is none (rule 3).", field="ths", remedy="zero or more")


@dataclass(frozen=True, slots=True)
class HashpriceRow:
    """The price of hashrate over half-open [from_at, to_at), in $/PH/s/day."""

    from_at: datetime
    to_at: datetime
    price: Fraction

    def __post_init__(self) -> None:
        if self.to_at < self.from_at:
            raise BadHashprice(f"A hashprice row ends at {self.to_at} before it begins.", field="to_at")


@dataclass(frozen=True, slots=True)
class FormerChannel:
    """A channel of one of the unit's outlets at the time that it fed another unit, with that unit's ratings."""

    reads: ChannelReads
    ratings: Sequence[Rating]


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """All that is known of one unit. `channels` are all channels of the unit, also those without reads.

    `former` matters to the mean of a reset estimate alone, which is the outlet's, whatever it fed (rule 3).
    """

    unit_id: str
    ratings: Sequence[Rating]
    channels: Sequence[ChannelReads] = ()
    telemetry: Sequence[TelemetryRow] = ()
    hashprice: Sequence[HashpriceRow] = ()
    reset_estimate: ResetEstimate = ResetEstimate.NONE
    former: Sequence[FormerChannel] = ()


@dataclass(frozen=True, slots=True)
class ContractWindow:
    """The time in which one contract is billed for the unit: its assignment, clipped to the contract (rule 4.5).

    `methods` in order of priority; `failover` whether time without any method is failover time (rule 4.2: only
    hosted and lease); `edges` the instants at which the contract's rate changes; `wants_profile` asks for quarters.
    """

    contract_id: str
    from_at: datetime
    to_at: datetime | None
    methods: Sequence[Method] = ()
    failover: bool = False
    efficiency_jth: Fraction | None = None
    wants_profile: bool = False
    edges: Sequence[datetime] = field(default=())
