"""The file of a collector (YAML or JSON): site, gateway, schedule, devices. What is wrong with it is told by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.errors import RuleBroken
from hostbook.collect.driver import Device
from metering.domain.collector import MinerDriver

MINERS = frozenset(MinerDriver)
"""Drivers whose devices are miners: their `name` is a unit's; all others' is a PDU's."""


class BadConfig(RuleBroken):
    """The collector's configuration cannot be used; `field` is where, `remedy` what would be right."""

    code = "bad_config"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole_url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError(f"{text!r} has no scheme")
    try:
        host = httpx.URL(text).host
    except httpx.InvalidURL:
        host = ""
    if not host:
        raise ValueError(f"{text!r} is no address")
    return text.rstrip("/")


class Gateway(_Part):
    """Where polls go."""

    url: Annotated[str, AfterValidator(_whole_url)] = Field(description="the host's address, as https://name")
    key_secret: str = Field("gateway-key", description="the name of the secret that holds the API key of the collector")
    organization: str | None = Field(None, description="only with a platform's key: the organization's slug")
    timeout_s: int = Field(30, ge=1, le=300, description="whole seconds, 1 to 300")
    refresh_s: int = Field(900, ge=1, le=86400, description="whole seconds until it is asked again what is set there")


class Schedule(_Part):
    """How often devices are read, unless their entry says otherwise. Polls lie on multiples of the interval."""

    pdus_s: int = Field(60, ge=10, le=3600, description="whole seconds, 10 to 3600")
    miners_s: int = Field(60, ge=10, le=3600, description="whole seconds, 10 to 3600")
    spread_s: int = Field(5, ge=0, le=60, description="whole seconds, 0 to 60, over which devices begin")


class Limits(_Part):
    """What keeps one bad device, or a long time without a link, from harming the rest."""

    at_once: int = Field(64, ge=1, le=1000, description="devices read at the same time, 1 to 1000")
    silent_after: int = Field(3, ge=1, le=100, description="failed reads in a row before a device is left alone")
    pause_s: int = Field(60, ge=1, le=3600, description="whole seconds until a silent device is tried again")
    longest_pause_s: int = Field(300, ge=1, le=86400, description="whole seconds; pauses double up to this")
    batch: int = Field(500, ge=1, le=5000, description="polls in one call, 1 to 5000")
    batch_kb: int = Field(1024, ge=16, le=8192, description="size of one call in kB, 16 to 8192")
    retry_s: int = Field(60, ge=1, le=3600, description="longest pause between tries to send")


class Status(_Part):
    """Where the collector says how it is."""

    file: str | None = Field("status.json", description="a path, or null")
    metrics_port: int | None = Field(None, ge=1, le=65535, description="a port for /metrics on 127.0.0.1, or null")
    log_s: int = Field(60, ge=1, le=3600, description="whole seconds between status lines in the log")


class DeviceEntry(BaseModel):
    """One device; every further field is an option of its driver, or names a secret (`..._secret`)."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str = Field(min_length=1, max_length=100, description="the PDU's or the unit's name at Hostbook")
    driver: str = Field("snmp", description="snmp, modbus, cgminer or whatsminer")
    address: str = Field(min_length=1, max_length=253, description="a host name or an IP address")
    port: int | None = Field(None, ge=1, le=65535, description="1 to 65535")
    timeout_s: Fraction = Field(Fraction(3), gt=0, le=60, description="seconds of patience for one answer, up to 60")
    retries: int = Field(1, ge=0, le=10, description="0 to 10")
    interval_s: int | None = Field(None, ge=10, le=3600, description="whole seconds, 10 to 3600")
    outlets: int | None = Field(None, ge=1, le=2000, description="as many as the PDU has at Hostbook, 1 to 2000")
    credential: str | None = Field(None, description="a NAME: secrets NAME.community, NAME.auth, ... are the driver's")
    units: dict[str, str] | None = Field(None, description="PDUs of a chain: what the agent calls each, and its name")

    @property
    def is_miner(self) -> bool:
        return self.driver in MINERS

    def pdu_of(self, unit: str) -> str | None:
        """The name at Hostbook of one of the PDUs behind the address; None for one that is not configured."""
        if self.units is None:
            return self.name
        return self.units.get(unit)

    def device(self, secret_of: Mapping[str, str], folder: Path = Path()) -> Device:
        """What the driver gets: secrets resolved, options as they stand, paths in them from the folder on."""
        extra = self.model_extra or {}
        wanted = {key.removesuffix("_secret"): name for key, name in extra.items() if key.endswith("_secret")}
        for key, name in wanted.items():
            if name not in secret_of:
                raise _no_secret(name, f"{self.name}.{key}_secret")
        if self.credential:
            stem = f"{self.credential}."
            named = {name.removeprefix(stem): name for name in secret_of if name.startswith(stem)}
            if not named:
                raise _no_secret(f"{stem}community", f"{self.name}.credential")
            wanted = named | wanted
        return Device(
            self.name,
            self.driver,
            self.address,
            self.port,
            self.timeout_s,
            self.retries,
            {key: value for key, value in extra.items() if not key.endswith("_secret")},
            {key: secret_of[name] for key, name in wanted.items()},
            folder,
        )


def _no_secret(name: str, field: str) -> BadConfig:
    return BadConfig(f"There is no secret {name!r}.", field=field, remedy=f"hostbook collect secret set {name}")


class Config(_Part):
    """All of it. Paths are taken from the file's folder. Without `site` it is the one that the API key is bound to."""

    site: str | None = Field(None, min_length=1, max_length=100, description="the site's code at Hostbook")
    gateway: Gateway
    schedule: Schedule = Schedule()
    limits: Limits = Limits()
    status: Status = Status()
    spool: str = Field("spool.db", description="a path for the spool, on a local disk")
    secrets: str = Field("secrets.json", description="the path of the encrypted secrets")
    key_file: str = Field("collect.key", description="the path of the key of the secrets")
    devices_from: Literal["file", "api", "both"] = Field("file", description="file, api or both")
    defaults: dict[str, dict[str, Any]] = Field({}, description="fields for all devices of a driver, by driver")
    devices: tuple[DeviceEntry, ...] = Field((), description="a list of devices")
    send_temperatures: bool = Field(True, description="true or false: temperatures of miners, for alerts")
    folder: Path = Field(Path(), exclude=True)

    def path(self, name: str) -> Path:
        return self.folder / name


def read_config(path: Path) -> Config:
    """The checked configuration of a file; `BadConfig` names the first field at fault and what would be right."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}.", remedy="hostbook collect --config PATH") from None
    return config_of(_parsed(text, path), path.parent)


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else f" in line {getattr(error, 'lineno', 1)}"
        raise BadConfig(f"{path.name} is not well formed{where}.", remedy="see docs/collectors.md") from None


def config_of(content: Any, folder: Path) -> Config:
    """A configuration from plain values, with the drivers' defaults filled in."""
    if not isinstance(content, dict):
        raise BadConfig("The configuration is no mapping of fields.", remedy="site: ..., gateway: ..., devices: ...")
    if "folder" in content:
        raise BadConfig("There is no field 'folder'.", field="folder", remedy="paths are taken from the file's folder")
    defaults = content.get("defaults") or {}
    try:
        config = Config.model_validate(
            {**content, "devices": with_defaults(content.get("devices") or [], defaults), "folder": folder}
        )
    except ValidationError as error:
        raise _told(error) from None
    refuse_doubles(config.devices)
    if config.site is None and (config.devices or config.devices_from == "file"):
        remedy = "the site's code at Hostbook; with devices_from: api and no devices here the API key tells it"
        raise BadConfig("This field is missing.", field="site", remedy=remedy)
    return config


def with_defaults(devices: Any, defaults: Any) -> Any:
    """Entries with their driver's defaults below them; what is no list of mappings is left for the check to tell."""
    if not isinstance(devices, list) or not isinstance(defaults, dict):
        return devices
    filled = []
    for entry in devices:
        below = defaults.get(entry.get("driver", "snmp"), {}) if isinstance(entry, dict) else {}
        filled.append({**below, **entry} if isinstance(entry, dict) and isinstance(below, dict) else entry)
    return filled


def names_of(device: DeviceEntry) -> set[str]:
    """The names at Hostbook of what is read with a device."""
    return set((device.units or {}).values()) or {device.name}


def refuse_doubles(devices: tuple[DeviceEntry, ...]) -> None:
    """One name, one device: two that bear a PDU's name would mix their registers."""
    seen: dict[str, int] = {}
    for place, device in enumerate(devices):
        for name in sorted(names_of(device)):
            if name in seen:
                raise BadConfig(
                    f"{name!r} is configured twice (devices {seen[name]} and {place}).",
                    field=f"devices.{place}.name",
                    remedy="one entry for each PDU and each unit",
                )
            seen[name] = place


def _told(error: ValidationError) -> BadConfig:
    first = error.errors(include_url=False)[0]
    where = [part for part in first["loc"] if part != "function-after[_whole_url(), str]"]
    field = ".".join(map(str, where))
    if first["type"] == "extra_forbidden":
        return BadConfig(
            f"There is no field {where[-1]!r}.", field=field, remedy="see docs/collectors.md for all fields"
        )
    if first["type"] == "missing":
        return BadConfig("This field is missing.", field=field, remedy=_described(where) or "give it a value")
    value = first.get("input")
    message = str(first["msg"]).removeprefix("Value error, ").replace("Input should", "This should").rstrip(".")
    message = message.replace("a valid tuple", "a list").replace("a valid dictionary", "a mapping of fields")
    shown = f" (it is {value!r})" if isinstance(value, str | int | bool | None) else ""
    return BadConfig(f"{message[:1].upper()}{message[1:]}{shown}.", field=field, remedy=_described(where))


def _described(where: list[Any]) -> str | None:
    """What the field's own description says."""
    model: Any = Config
    parts = {"gateway": Gateway, "schedule": Schedule, "limits": Limits, "status": Status, "devices": DeviceEntry}
    for part in where[:-1]:
        model = parts.get(str(part), model)
    found = model.model_fields.get(str(where[-1])) if where else None
    return found.description if found else None
