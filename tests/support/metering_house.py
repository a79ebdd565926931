"""A small host whose evidence is remembered here too, so that published usage can be held against a full derivation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

from common.clock import day_start
from events.contracts import ContractActivated, ContractTerms, RateFrom, SiteOpened, UnitAssigned, UnitRegistered
from events.metering import UsageDayClosed, UsageMeasured
from metering.domain.instants import micros_of
from metering.domain.usage import derive_usage
from metering.domain.values import (
    Channel,
    ChannelReads,
    ContractWindow,
    HashpriceRow,
    Method,
    Rating,
    TelemetryRow,
    UnitEvidence,
    UnitStatus,
)
from metering.use_cases.measured import measured
from support.one_service import OneService

ZONE = "America/Chicago"
START = day_start(datetime(2025, 3, 3, tzinfo=UTC).date(), ZONE)
PERMISSIONS = (
    "meters.read", "meters.write", "readings.write", "hashprice.write", "usage.read", "metering_settings.write",
    "alerts.read",
)  # fmt: skip
TICK, MODULUS = "0.001", "4294967.296"


def at(hours: float) -> datetime:
    """So many hours after the first midnight."""
    return START + timedelta(seconds=round(hours * 3600))


def window(
    contract_id: UUID, from_h: float, to_h: float | None, *methods: str, failover: bool = False
) -> ContractWindow:
    """The time, in hours after the first midnight, in which a contract is billed."""
    to_at = None if to_h is None else at(to_h)
    return ContractWindow(str(contract_id), at(from_h), to_at, [Method(one) for one in methods], failover=failover)


@dataclass
class House:
    """`reads[(pdu, position)]` and `scans[unit]` are what was posted; channels and windows what was set up."""

    service: OneService
    organization_id: UUID
    site_id: UUID = field(default_factory=uuid4)
    customer_id: UUID = field(default_factory=uuid4)
    contract_id: UUID = field(default_factory=uuid4)
    units: list[UUID] = field(default_factory=list)
    pdus: dict[str, UUID] = field(default_factory=dict)
    channels: dict[UUID, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ratings: dict[UUID, list[Rating]] = field(default_factory=lambda: defaultdict(list))
    windows: dict[UUID, list[ContractWindow]] = field(default_factory=lambda: defaultdict(list))
    reads: dict[tuple[UUID, int], set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    assignments: list[UnitAssigned] = field(default_factory=list)
    scans: dict[UUID, list[TelemetryRow]] = field(default_factory=lambda: defaultdict(list))
    hashprice: list[HashpriceRow] = field(default_factory=list)
    now_at: datetime = START

    def client(self, **options: Any) -> Any:
        return self.service.client(self.organization_id, PERMISSIONS, **options)

    async def tell(self, *facts: Any) -> None:
        await self.service.tell(self.organization_id, *facts, at=self.now_at)
        await self.service.settled(self.organization_id)

    async def get(
        self, path: str, query: Mapping[str, Any] | None = None, expect: int = 200, *, portal: UUID | None = None
    ) -> Any:
        """The answer's JSON; `portal` is the customer whose person asks."""
        async with self.client(customer_id=portal) as client:
            answer = await client.get(path, params={name: str(value) for name, value in (query or {}).items()})
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, expect: int) -> Any:
        async with self.client() as client:
            answer = await client.post(path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def register(self, units: int, **terms: Any) -> None:
        """A site, so many units of 3 kW, and a contract that all of them are assigned to from the first midnight."""
        self.units = [uuid4() for _ in range(units)]
        facts: list[Any] = [
            SiteOpened(site_id=self.site_id, version=1, name="Site", code="S-1", timezone=ZONE),
            *(self._unit(unit, number, 1) for number, unit in enumerate(self.units)),
            activated(self.contract_id, self.customer_id, **terms),
            *(self.assignment(unit, START) for unit in self.units),
        ]
        await self.tell(*facts)
        for unit in self.units:
            methods = terms.get("methods", ["metered", "hash", "calculated"])
            self.windows[unit] = [window(self.contract_id, 0, None, *methods)]

    def _unit(self, unit: UUID, number: int, version: int, rated_w: int = 3000, **more: Any) -> UnitRegistered:
        self.ratings[unit].append(Rating(Fraction(rated_w), Fraction(100), None, more.get("rated_from_at")))
        return UnitRegistered(
            unit_id=unit, version=version, name=f"M{number:02}", model="S21", site_id=self.site_id,
            rated_w=str(rated_w), rated_ths="100", owner="host", **more,
        )  # fmt: skip

    def rerated(self, number: int, rated_w: int, from_at: datetime) -> UnitRegistered:
        return self._unit(self.units[number], number, 2, rated_w, rated_from_at=from_at)

    def assignment(self, unit: UUID, from_at: datetime, contract_id: UUID | None = None) -> UnitAssigned:
        given = UnitAssigned(
            assignment_id=uuid4(), unit_id=unit, contract_id=contract_id or self.contract_id,
            customer_id=self.customer_id, from_at=from_at,
        )  # fmt: skip
        self.assignments.append(given)
        return given

    async def plug(self, name: str, units: list[UUID | None], **life: datetime) -> None:
        """A PDU with one outlet for each unit."""
        pdu = {"name": name, "site_id": str(self.site_id), "outlet_count": len(units), "tick_kwh": TICK}
        answer = await self.post("/v1/pdus", pdu | {"modulus_kwh": MODULUS}, 201)
        self.pdus[name] = UUID(answer["id"])
        ends = {key: value.isoformat() for key, value in life.items()}
        rows = [
            {"pdu_id": answer["id"], "position": n + 1, "outlet": f"{name[0]}/{n}", "unit_id": str(unit), **ends}
            for n, unit in enumerate(units)
            if unit is not None
        ]
        opened = (await self.post("/v1/channels", {"channels": rows}, 201))["items"]
        for row in opened:
            self.channels[UUID(row["unit_id"])].append(row | {"pdu": self.pdus[name]})

    def poll(self, name: str, when: datetime, energy_wh: list[int | None]) -> dict[str, Any]:
        for position, register in enumerate(energy_wh, 1):
            if register is not None:
                self.reads[self.pdus[name], position].add((micros_of(when), register))
        return {"pdu": name, "polled_at": when.isoformat(), "energy_wh": energy_wh}

    def steady(self, name: str, outlets: int, first_h: float, last_h: float, step_h: float = 0.5) -> list[Any]:
        """Polls of a PDU whose outlets draw a little below 3 kW, each its own."""
        found, hours = [], first_h
        while hours <= last_h:
            wh = [1_000_000 + round((hours + 48) * (2900 + n)) for n in range(outlets)]
            found.append(self.poll(name, at(hours), list(wh)))
            hours += step_h
        return found

    async def send(self, polls: list[Any]) -> Any:
        answer = await self.post("/v1/readings", {"polls": polls}, 202)
        await self.service.settled(self.organization_id)
        return answer

    async def scan(
        self,
        first_h: float,
        last_h: float,
        ths: str = "99.5",
        status: str = "hashing",
        celsius: float | None = None,
        units: int | None = None,
    ) -> None:
        """Scans of all units (or the first ones) every half hour."""
        scans, hours, shown = [], first_h, self.units[:units]
        while hours < last_h:
            miners = {f"M{n:02}": [float(ths), status] for n in range(len(shown))}
            scans.append({"site": "S-1", "scanned_at": at(hours).isoformat(), "interval_s": 1800, "miners": miners})
            if celsius is not None:
                scans[-1]["temperatures_c"] = dict.fromkeys(miners, celsius)
            for unit in shown:
                row = TelemetryRow(at(hours), at(hours + 0.5), Fraction(ths), UnitStatus(status))
                self.scans[unit].append(row)
            hours += 0.5
        answer = await self.post("/v1/telemetry", {"scans": scans}, 202)
        assert answer == {"accepted": len(scans), "refused": []}
        await self.service.settled(self.organization_id)

    async def advance(self, to_h: float) -> None:
        """The clock to so many hours after the first midnight, a day at a time, as the driver moves it."""
        while self.now_at < at(to_h):
            to_at = min(self.now_at + timedelta(days=1), at(to_h))
            await self.service.advance(self.organization_id, self.now_at, to_at)
            self.now_at = to_at

    async def events(self) -> list[UsageMeasured]:
        found = await self.service.published("metering.usage", self.organization_id)
        return [event for event in found if isinstance(event, UsageMeasured)]

    async def standing(self) -> dict[tuple[Any, ...], UsageMeasured]:
        """By unit, contract and span, the highest revision; spans taken back left out."""
        best: dict[tuple[Any, ...], UsageMeasured] = {}
        for event in await self.events():
            key = (event.unit_id, event.contract_id, event.from_at, event.to_at)
            if key not in best or best[key].revision < event.revision:
                best[key] = event
        return {key: event for key, event in best.items() if not event.is_void}

    async def closings(self) -> list[UsageDayClosed]:
        found = await self.service.published("metering.day", self.organization_id)
        return [event for event in found if isinstance(event, UsageDayClosed)]

    def expected(self, days: int, first: date = START.date()) -> dict[tuple[Any, ...], UsageMeasured]:
        """The usage of the first days, of the whole evidence in one walk."""
        edges = [day_start(first + timedelta(days=n), ZONE) for n in range(days + 1)]
        found = {}
        for unit in self.units:
            evidence = UnitEvidence(
                unit_id=str(unit),
                ratings=self.ratings[unit],
                channels=[self._reads(row) for row in self.channels[unit]],
                telemetry=self.scans[unit],
                hashprice=self.hashprice,
            )
            for span in derive_usage(evidence, self.windows[unit], edges, (edges[0], edges[-1])):
                event = measured(span, self.customer_id, span.from_at.date())
                key = (event.unit_id, event.contract_id, event.from_at, event.to_at)
                found[key] = event
        return found

    def _reads(self, row: dict[str, Any]) -> ChannelReads:
        from_at, to_at = (
            None if row[end] is None else datetime.fromisoformat(row[end]) for end in ("from_at", "to_at")
        )
        modulus, tick = Fraction(row.get("modulus_kwh", MODULUS)), Fraction(row.get("tick_kwh", TICK))
        outlet = f"{self.site_id}/{row['outlet']}"
        channel = Channel(row["id"], outlet, row["unit_id"], modulus, tick, from_at, to_at)
        lives = (micros_of(from_at) if from_at else -(1 << 62), micros_of(to_at) if to_at else 1 << 62)
        pairs = sorted(one for one in self.reads[row["pdu"], row["position"]] if lives[0] <= one[0] <= lives[1])
        return ChannelReads(channel, [us for us, _ in pairs], [register for _, register in pairs], Fraction(1, 1000))

    async def holds(self, days: int) -> int:
        """Assert that what stands for the first days is exactly the full derivation; answers the number of spans."""
        standing, expected = await self.standing(), self.expected(days)
        until = day_start(START.date() + timedelta(days=days), ZONE)
        inside = {key: event for key, event in standing.items() if event.from_at < until}
        assert set(inside) == set(expected)
        for key, event in inside.items():
            assert as_usage(event) == as_usage(expected[key]), key
        return len(inside)


def as_usage(event: UsageMeasured) -> dict[str, Any]:
    """What a span says, without its revision, channels in one order."""
    said = event.model_dump(exclude={"revision", "day"})
    return said | {"evidence": sorted(said["evidence"], key=lambda one: str(one["channel_id"]))}


def activated(contract_id: UUID, customer_id: UUID, **terms: Any) -> ContractActivated:
    """A hosted contract since the first midnight; `methods`, `failover`, `end_at` and the like in `terms`."""
    start_at = terms.get("start_at", START)
    return ContractActivated(
        contract_id=contract_id,
        version=1,
        terms=ContractTerms(
            number="K-1", customer_id=customer_id, type="hosted", start_on=start_at.date(), end_on=None,
            start_at=start_at, end_at=terms.get("end_at"), currency="USD", timezone=ZONE,
            rates=[RateFrom(from_at=start_at, rate_per_kwh="0.07"), *terms.get("rates", [])],
            billing_methods=terms.get("methods", ["metered", "hash", "calculated"]),
            failover=terms.get("failover"), power_cap_kw=terms.get("power_cap_kw"),
        ),
    )  # fmt: skip
