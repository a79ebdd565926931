"""Which column means what: a YAML map, or single parts of one, checked before the first line is read."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from common.clock import zone_of
from common.errors import RuleBroken

FACTORS = {"Wh": 1, "kWh": 10**3, "MWh": 10**6, "W": 1, "kW": 10**3, "MW": 10**6}
OUTLET = "{outlet}"
PAGE = "docs/collectors-meters-and-miners.md"


class BadMap(RuleBroken):
    """The map of columns cannot be used."""

    code = "bad_map"


def _known_zone(name: str) -> str:
    try:
        zone_of(name)
    except RuleBroken as error:
        raise ValueError(error.message) from None
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Instants(_Strict):
    """A column of instants. `zone` is for those without an offset; `ambiguous` for the hour that comes twice a year.

    `format`: `iso`, `unix` (seconds), `unix_ms`, or a pattern such as `%d.%m.%Y %H:%M`.
    """

    column: str = "at"
    format: str = "iso"
    zone: Zone | None = None
    ambiguous: Literal["refuse", "first", "second"] = "refuse"


class PolledAt(Instants):
    column: str = "polled_at"


class FromAt(Instants):
    column: str = "from_at"


class ToAt(Instants):
    column: str = "to_at"


class ScannedAt(Instants):
    column: str = "scanned_at"


class Quantities(_Strict):
    """A column of energy or power. `finer`: what happens to a fraction of a Wh or W."""

    column: str
    unit: str
    finer: Literal["refuse", "cut"] = "refuse"

    @property
    def factor(self) -> Fraction:
        return Fraction(FACTORS[self.unit])


class EnergyColumn(Quantities):
    column: str = "energy_wh"
    unit: Literal["Wh", "kWh", "MWh"] = "Wh"


class PowerColumn(Quantities):
    column: str = "power_w"
    unit: Literal["W", "kW", "MW"] = "W"


class Words(_Strict):
    """A column of texts, or one text for every line."""

    column: str | None = None
    always: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Words:
        if (self.column is None) is (self.always is None):
            raise ValueError("either column or always")
        return self


class FileForm(_Strict):
    """How a file is written. Commas are those of numbers (`12,5`) when `decimal` is ","."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8-sig"


class ReadColumns(_Strict):
    """Where a read is found in a line.

    Long files have a line per outlet and instant, the outlet's place (from 1) in `outlet`. Wide ones have a line per
    PDU and instant: then `energy.column` (and power's) holds `{outlet}`, as in `wh_{outlet}`, and there is no `outlet`.
    A list in JSON is taken as the whole vector of a PDU.
    """

    file: FileForm = FileForm()
    pdu: Words = Words(column="pdu")
    outlet: str | None = None
    at: PolledAt = PolledAt()
    energy: EnergyColumn = EnergyColumn()
    power: PowerColumn | None = None

    @model_validator(mode="after")
    def _long_or_wide(self) -> ReadColumns:
        if self.is_wide and self.outlet is not None:
            raise ValueError(f"a file is long (outlet) or wide ({OUTLET} in energy's column), not both")
        return self

    @property
    def is_wide(self) -> bool:
        return OUTLET in self.energy.column


class PriceColumns(_Strict):
    """Where a row of a hashprice series is found; with `hours` it ends so many hours after `from_at`."""

    file: FileForm = FileForm()
    from_at: FromAt = FromAt()
    to_at: ToAt = ToAt()
    hours: int | None = Field(None, ge=1, le=744)
    price: str = "usd_per_ph_day"


class ScanColumns(_Strict):
    """Where a line of telemetry is found: a unit's hashrate and status at an instant, for so many seconds."""

    file: FileForm = FileForm()
    site: Words = Words(column="site")
    unit: str = "unit"
    at: ScannedAt = ScannedAt()
    hashrate_ths: str = "hashrate_ths"
    status: str | None = "status"
    interval_s: int = Field(ge=1, le=86_400)


Map = ReadColumns | PriceColumns | ScanColumns


def map_of(kind: type[Map], parts: Sequence[str]) -> Any:
    """A map of files and of single parts (`energy.unit=kWh`), later ones over earlier ones. Raises `BadMap`."""
    found: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals:
            _put(found, name.strip().split("."), yaml.safe_load(value) if value.isdecimal() else value)
        else:
            found = _over(found, _file(Path(part)))
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        told = [(".".join(map(str, one["loc"])) or "map", one["msg"]) for one in error.errors()]
        text = "; ".join(f"{where}: {what.removeprefix('Value error, ')}" for where, what in told)
        fault = f"The map cannot be used. {text}."
        raise BadMap(fault, field=told[0][0], remedy=f"see {PAGE}") from None


def _file(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "a YAML file, or a part as energy.unit=kWh"
        raise BadMap(f"{path} cannot be read: {error.strerror}.", field="--map", remedy=remedy) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadMap(f"{path} is no YAML: {' '.join(str(error).split())}", field="--map", remedy="YAML") from None
    if not isinstance(found, dict):
        raise BadMap(f"{path} is no map of columns.", field="--map", remedy="names and values, as energy: {...}")
    return found


def _put(found: dict[str, Any], names: list[str], value: Any) -> None:
    """Set one part, making the parts around it."""
    for name in names[:-1]:
        found = found.setdefault(name, {})
        if not isinstance(found, dict):
            raise BadMap(f"{name} has no parts.", field="--map", remedy="a part as energy.unit=kWh")
    found[names[-1]] = value


def _over(found: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(found)
    for name, value in new.items():
        old = merged.get(name)
        merged[name] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
