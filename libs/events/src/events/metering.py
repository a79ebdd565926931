"""Facts that metering owns: evidence as it came, and the usage derived from it."""

from typing import Literal
from uuid import UUID

from events.envelope import Event, Kind
from events.types import Day, DecimalText, ExactText, Instant, Part

AlertKind = Literal[
    "unit_offline",
    "low_hashrate",
    "high_temperature",
    "pdu_silent",
    "power_cap",
    "register_anomaly",
    "register_refused",
    "register_stuck",
]


class MeterReadingRecorded(Event):
    """One poll of one PDU: the energy registers of all its outlets at an instant, in Wh; null where unreadable."""

    KIND = Kind("metering", "reading", "recorded", "pdu_id")
    pdu_id: UUID
    polled_at: Instant
    energy_wh: list[int | None]
    power_w: list[int | None] | None = None


class TelemetryRecorded(Event):
    """One scan of a site's miners: hashrate and status of each unit, constant for `interval_s` seconds.

    `temperatures_c`: the hottest chip or board of each unit, where the collector knows it.
    """

    KIND = Kind("metering", "telemetry", "recorded", "site_id")
    site_id: UUID
    scanned_at: Instant
    interval_s: int
    units: list[UUID]
    hashrate_ths: list[DecimalText]
    status: list[Literal["hashing", "online", "offline"]]
    temperatures_c: list[DecimalText | None] | None = None


class ChannelOpened(Event):
    """A register on an outlet measures a unit from an instant on; `to_at` is set when its life ended."""

    KIND = Kind("metering", "channel", "opened", "unit_id")
    channel_id: UUID
    unit_id: UUID
    pdu_id: UUID
    outlet: str
    from_at: Instant | None = None
    to_at: Instant | None = None


class MethodUsage(Part):
    """Energy by the method that counted, and the hours it counted for."""

    energy_kwh: ExactText
    hours: ExactText
    estimated: bool = False


class FailoverUsage(Part):
    """Hours without evidence under failover; `price_hours` is the sum of hashprice x hours over the priced part."""

    hours: ExactText
    priced_hours: ExactText
    price_hours: ExactText


class ZeroSpan(Part):
    """A run in which the counting method measured exactly nothing (rule 6.4)."""

    from_at: Instant
    to_at: Instant


class DownSpan(Part):
    """A run in which telemetry knew the unit to be down; sent with quarters, where the contract needs them."""

    from_at: Instant
    to_at: Instant


class Quarter(Part):
    """Energy of one UTC quarter hour by method, only the part inside the span."""

    starts_at: Instant
    by_method: dict[str, ExactText]


class ChannelEvidence(Part):
    """The first and last read that a span rests on."""

    channel_id: str
    first_read_at: Instant | None = None
    first_register_kwh: ExactText | None = None
    last_read_at: Instant | None = None
    last_register_kwh: ExactText | None = None
    read_count: int = 0


class PricedSpan(Part):
    """A row of the hashprice series that failover used."""

    from_at: Instant
    to_at: Instant
    price: DecimalText


class UsageMeasured(Event):
    """What one unit used for one contract over one span; a higher revision replaces a lower one of the same span.

    `is_void`: the span no longer stands (an assignment was cut otherwise); all its quantities are zero.
    """

    KIND = Kind("metering", "usage", "measured", "unit_id")
    unit_id: UUID
    contract_id: UUID
    customer_id: UUID
    day: Day
    from_at: Instant
    to_at: Instant
    revision: int
    rated_w: ExactText
    rated_ths: ExactText
    by_method: dict[str, MethodUsage]
    failover: FailoverUsage | None = None
    unbilled_hours: ExactText
    compared_billed_kwh: ExactText
    compared_pdu_kwh: ExactText
    compared_hours: ExactText
    zero_spans: list[ZeroSpan] = []
    quarters: list[Quarter] = []
    down_spans: list[DownSpan] = []
    up_hours: ExactText
    down_hours: ExactText
    unknown_hours: ExactText
    flags: list[str] = []
    evidence: list[ChannelEvidence] = []
    hashprice: list[PricedSpan] = []
    is_void: bool = False


class UsageDayClosed(Event):
    """All usage of a local day is published: so many spans. A biller waits until it holds that many."""

    KIND = Kind("metering", "day", "closed", "organization_id")
    organization_id: UUID
    day: Day
    span_count: int


class UnitStateChanged(Event):
    """A unit went online, offline or began to hash, by its telemetry."""

    KIND = Kind("metering", "unit", "state_changed", "unit_id")
    unit_id: UUID
    state: Literal["hashing", "online", "offline"]
    since_at: Instant
    hashrate_ths: DecimalText


class HashpricePublished(Event):
    """A row of a hashprice series: what a PH/s earned a day, constant over a span."""

    KIND = Kind("metering", "hashprice", "published", "series")
    series: str
    from_at: Instant
    to_at: Instant
    usd_per_ph_day: DecimalText


class AlertRaised(Event):
    """Something is wrong for longer than its rule allows (CM-29).

    `customer_id` is the customer who may see it; none where it is the host's alone. `observed` and `threshold` are in
    the kind's unit: percent of the rated hashrate, degrees Celsius, percent of the power cap.
    """

    KIND = Kind("metering", "alert", "raised", "alert_id")
    alert_id: UUID
    kind: AlertKind
    severity: Literal["warning", "critical"]
    opened_at: Instant
    detail: str
    unit_id: UUID | None = None
    pdu_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    observed: ExactText | None = None
    threshold: ExactText | None = None


class AlertCleared(Event):
    """What an alert was about is well again, for as long as its rule asks, or the rule was switched off."""

    KIND = Kind("metering", "alert", "cleared", "alert_id")
    alert_id: UUID
    kind: AlertKind
    opened_at: Instant
    closed_at: Instant
    unit_id: UUID | None = None
    pdu_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None


class SiteFeedStopped(Event):
    """Nothing was told of any unit of a site for longer than the host's rule allows: the collector or its link is down.

    What its units do is unknown then; none of them is said to be offline (CM-29).
    """

    KIND = Kind("metering", "site_feed", "stopped", "site_id")
    site_id: UUID
    alert_id: UUID
    severity: Literal["warning", "critical"]
    opened_at: Instant
    detail: str


class SiteFeedResumed(Event):
    """A site's telemetry comes again, or none is expected there any more."""

    KIND = Kind("metering", "site_feed", "resumed", "site_id")
    site_id: UUID
    alert_id: UUID
    opened_at: Instant
    closed_at: Instant
