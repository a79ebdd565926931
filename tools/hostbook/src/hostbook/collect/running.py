"""The collector as a process: reading, sending, learning what is registered, saying how it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import structlog

from hostbook.collect.config import BadConfig, Config
from hostbook.collect.ending import end
from hostbook.collect.in_force import InForce
from hostbook.collect.secret_store import BadSecrets, SecretStore
from hostbook.collect.sender import Sender
from hostbook.collect.site import Site
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Kind
from hostbook.collect.status import Metrics, Sources, line_of, snapshot, write
from hostbook.collect.uplink import Uplink
from hostbook.stopping import stop_signal

_SKEW_S = 2
_OUTLETS_S = 5
_log = structlog.get_logger()


def log_to_stderr() -> None:
    """One JSON object a line."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def key_of(config: Config, secrets: Mapping[str, str]) -> str:
    """The API key; `BadConfig` if it was not set, or cannot be one. What it is stands in no message."""
    name = config.gateway.key_secret
    if name not in secrets:
        raise BadConfig(
            f"The gateway's API key is missing (secret {name!r}).",
            field="gateway.key_secret",
            remedy=f"hostbook collect secret set {name}",
        )
    key = secrets[name]
    if not (key.isascii() and key.isprintable() and key.strip(" ") == key and key):
        raise BadConfig(
            f"The secret {name!r} is no API key: it holds spaces, line ends or other characters that a key never has.",
            field="gateway.key_secret",
            remedy=f"hostbook collect secret set {name}",
        )
    return key


async def collect_once(config: Config, secrets: Mapping[str, str]) -> bool:
    """Read every device one time and send what waits; whether every device answered and the spool is empty."""
    async with Door(config.path(config.spool)) as door, Uplink(config.gateway, key_of(config, secrets)) as uplink:
        site, senders = _parts(config, secrets, door, uplink)
        in_force = InForce(config, door)
        site.keeper.registered = await in_force.learn(uplink)
        site.take(in_force.config)
        await site.once()
        await site.keeper.tell_outlets(uplink)
        emptied = [await sender.drain() for sender in senders.values()]
        found = await snapshot(_sources(in_force, site, uplink, senders))
        _report(config, found)
        await site.close()
        is_well = not in_force.trouble and not any(device["trouble"] for device in found["devices"].values())
        return all(emptied) and is_well


async def collect(config: Config, secrets: SecretStore) -> None:
    """Until SIGTERM or SIGINT."""
    stopped = stop_signal()
    async with Door(config.path(config.spool)) as door, Uplink(config.gateway, key_of(config, secrets)) as uplink:
        site, senders = _parts(config, secrets, door, uplink)
        in_force = InForce(config, door)
        sources = _sources(in_force, site, uplink, senders)
        work: list[asyncio.Task[Any]] = [asyncio.create_task(sender.run()) for sender in senders.values()]
        work += [
            asyncio.create_task(_learn_for_ever(in_force, site, uplink, secrets)),
            asyncio.create_task(_tell_for_ever(config, sources)),
            asyncio.create_task(_tell_outlets_for_ever(config, site, uplink)),
            asyncio.create_task(stopped.wait()),
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end(work)
            await site.close()
        _report(config, await snapshot(sources))


def _parts(config: Config, secrets: Mapping[str, str], door: Door, uplink: Uplink) -> tuple[Site, dict[Kind, Sender]]:
    return Site(config, secrets, door), {kind: Sender(kind, door, uplink, config.limits) for kind in Kind}


def _sources(in_force: InForce, site: Site, uplink: Uplink, senders: Mapping[Kind, Sender]) -> Sources:
    return Sources(in_force, site, uplink, {kind: sender.sent for kind, sender in senders.items()})


async def _learn_for_ever(in_force: InForce, site: Site, uplink: Uplink, secrets: SecretStore) -> None:
    file = in_force.file
    while True:
        registered = site.keeper.registered = await in_force.learn(uplink)
        if registered.trouble:
            _log.warning("gateway.pdus", reason=registered.trouble, known=len(registered.pdus))
        try:
            secrets.refresh()
        except BadSecrets as bad:
            _log.error("secrets.refused", reason=bad.message, remedy=bad.remedy)
        await site.begin(in_force.config)
        pause_s = min(file.limits.retry_s, file.gateway.refresh_s) if registered.trouble else file.gateway.refresh_s
        await asyncio.sleep(pause_s)


async def _tell_outlets_for_ever(config: Config, site: Site, uplink: Uplink) -> None:
    while True:
        await asyncio.sleep(_OUTLETS_S)
        if not await site.keeper.tell_outlets(uplink):
            await asyncio.sleep(config.limits.retry_s)


async def _tell_for_ever(config: Config, sources: Sources) -> None:
    metrics = Metrics()
    if config.status.metrics_port:
        metrics.serve(config.status.metrics_port)
    while True:
        await asyncio.sleep(1)
        metrics.found = found = await snapshot(sources)
        _report(config, found)
        await asyncio.sleep(config.status.log_s)


def _report(config: Config, found: dict[str, object]) -> None:
    line = line_of(found)
    _log.info("collect.status", **line)
    ahead = line["clock_ahead_s"]
    if ahead is not None and abs(ahead) > _SKEW_S:
        _log.warning("clock.skew", clock_ahead_s=ahead, remedy="let this machine follow a time server (NTP)")
    if config.status.file:
        try:
            write(found, config.path(config.status.file))
        except OSError as error:  # a full disk must not end the collector, which holds reads in memory now
            _log.error("status.refused", file=config.status.file, reason=error.strerror)
