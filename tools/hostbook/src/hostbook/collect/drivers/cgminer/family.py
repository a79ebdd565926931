"""What is the same for every firmware: how its answers become a read, and how a firmware is recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hostbook.collect.driver import Failure, Identity, MinerRead, MinerStatus, Trouble
from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, whole, words
from hostbook.collect.drivers.cgminer.pools import pools_of

Figure = Callable[[Answers], Fraction | None]


def nothing(_: Answers) -> None:
    """What a firmware does not tell."""
    return


@dataclass(frozen=True, slots=True)
class Command:
    """A question, and under which key the firmware knows it."""

    name: str
    key: str = "command"


def rate(answers: Answers) -> Fraction | None:
    """TH/s now, by the summary, or by the statistics where there is no summary."""
    found = rates.short_rate_ths(answers.row("summary", "SUMMARY"))
    return rates.short_rate_ths(answers.stats()) if found is None else found


def temperature(answers: Answers) -> Fraction | None:
    """The hottest sensor of the statistics."""
    return rates.hottest_c(answers.stats())


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of firmware: what is asked of it, and where it keeps which figure.

    `never` names what this firmware does not tell over its API, for the person who sets the collector up.
    """

    name: str
    commands: tuple[Command, ...] = ()
    rate: Figure = rate
    power: Figure = nothing
    temperature: Figure = temperature
    version: Callable[[Answers], str | None] = nothing
    model: Callable[[Answers], str | None] = nothing
    serial: Callable[[Answers], str | None] = nothing
    is_asleep: Callable[[Answers], bool] = lambda _: False
    never: tuple[str, ...] = ()

    def identity(self, answers: Answers) -> Identity:
        """Who answered."""
        model = self.model(answers) or self.name
        return Identity(model, self.serial(answers), self._firmware(answers), cannot_read=self.never)

    def read(self, answers: Answers, at: datetime) -> MinerRead | Failure:
        """The figures; a miner that gave neither summary nor statistics, and does not sleep, was not read."""
        summary, asleep = answers.row("summary", "SUMMARY"), self.is_asleep(answers)
        if not (summary or answers.stats() or asleep):
            return _unread(answers)
        ths = Fraction(0) if asleep else self.rate(answers)
        power, degrees = whole(self.power(answers)), self.temperature(answers)
        pools = pools_of(answers.rows("pools", "POOLS"))
        missing = {"hashrate of now": ths, "watts": power, "temperature": degrees, "pools": pools or None}
        return MinerRead(
            read_at=at,
            status=MinerStatus.HASHING if ths else MinerStatus.ONLINE,
            hashrate_ths=ths,
            power_w=power,
            temperature_c=degrees,
            elapsed_s=rates.elapsed_s(summary, answers.stats()),
            total_mh=rates.counted_mh(summary),
            pools=pools,
            firmware=self._firmware(answers),
            cannot_read=tuple(name for name, value in missing.items() if value is None),
        )

    def _firmware(self, answers: Answers) -> str:
        version = self.version(answers)
        return f"{self.name} {version}" if version else self.name


def _unread(answers: Answers) -> Failure:
    """Why neither summary nor statistics came."""
    found = answers.failures.get("summary") or answers.failures.get("stats")
    return found or Failure(Trouble.NONSENSE, "It told neither summary nor statistics.", "is this a miner's API?")


def versioned(*names: str) -> Callable[[Answers], str | None]:
    """The version, under the first of these names in the answer to `version`, or in the head of the statistics."""

    def find(answers: Answers) -> str | None:
        rows: tuple[Mapping[str, object], ...] = (answers.row("version", "VERSION"), answers.stats())
        return next((found for name in names for row in rows if (found := words(row.get(name)))), None)

    return find


def model_by_type(answers: Answers) -> str | None:
    """The `Type` without what a firmware adds in brackets: "Antminer S19 XP (Vnish 1.2.0)" is an Antminer S19 XP."""
    found = versioned("Type", "PROD")(answers)
    return found.partition("(")[0].strip() or found if found else None
