"""How a collector is: a line in its log, a file for people and watchdogs, and /metrics for Prometheus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.clock import instant_text, wall_now
from hostbook.collect.breaker import Stand
from hostbook.collect.config import BadConfig
from hostbook.collect.in_force import InForce
from hostbook.collect.reader import Reader
from hostbook.collect.sender import Sent
from hostbook.collect.site import Site
from hostbook.collect.spool.store import Depth, Kind
from hostbook.collect.uplink import Uplink

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the status is taken from."""

    in_force: InForce
    site: Site
    uplink: Uplink
    sent: Mapping[Kind, Sent]


async def snapshot(sources: Sources) -> Snapshot:
    """Everything worth knowing, as plain values."""
    depth: Depth = await sources.in_force.door.ask(lambda spool: spool.depth())
    skew = sources.uplink.skew
    answered = [sent.answered_at for sent in sources.sent.values() if sent.answered_at]
    registered = sources.site.keeper.registered
    return {
        "at": instant_text(wall_now()),
        "spool": {
            "waiting": depth.waiting,
            "oldest_at": instant_text(depth.oldest_at) if depth.oldest_at else None,
            "refused": depth.refused,
            "bytes": depth.size,
            "in_memory": len(sources.in_force.door.held),
            "lost": sources.in_force.door.dropped,
        },
        "gateway": {
            "last_answer_at": instant_text(max(answered)) if answered else None,
            "trouble": next((sent.trouble for sent in sources.sent.values() if sent.trouble), None),
            "taken": sum(sent.taken for sent in sources.sent.values()),
            "refused": sum(sent.refused for sent in sources.sent.values()),
            "clock_ahead_s": round(skew.total_seconds(), 1) if skew is not None else None,
            "pdu_list": registered.trouble or f"{len(registered.pdus)} PDUs",
        },
        "configuration": _configuration(sources.in_force),
        "devices": _devices(sources.site),
        "notes": dict(sources.site.keeper.notes),
    }


def _configuration(in_force: InForce) -> Snapshot:
    """Where it comes from, and why a newer one at Hostbook is not in force."""
    return {
        "from": in_force.file.devices_from,
        "site": in_force.config.site,
        "version": in_force.version,
        "taken_at": instant_text(in_force.taken_at) if in_force.taken_at else None,
        "trouble": in_force.trouble,
    }


def _devices(site: Site) -> Snapshot:
    """Those that are read, and those that cannot even be asked; one whose new entry is refused is read as before."""
    found = {name: _device(reader) for name, reader in sorted(site.readers.items())}
    for name, bad in sorted(site.refused.items()):
        why = f"{bad.message} {bad.remedy or ''}".rstrip()
        before = found.get(name)
        found[name] = (
            {"stand": "refused", "trouble": why} if before is None else before | {"trouble": f"read as before: {why}"}
        )
    return found


def _device(reader: Reader) -> Snapshot:
    known = reader.known
    return {
        "stand": reader.stand.value,
        "model": known.identity.model if known.identity else None,
        "read_at": instant_text(known.read_at) if known.read_at else None,
        "reads": known.reads,
        "failed": known.failed,
        "trouble": known.failure.reason if known.failure else None,
    }


def line_of(found: Snapshot) -> Snapshot:
    """The few figures of the log line."""
    stands = [device["stand"] for device in found["devices"].values()]
    return {
        "waiting": found["spool"]["waiting"],
        "oldest_at": found["spool"]["oldest_at"],
        "refused": found["spool"]["refused"],
        "last_answer_at": found["gateway"]["last_answer_at"],
        "clock_ahead_s": found["gateway"]["clock_ahead_s"],
        "devices": len(stands),
        "silent": len(stands) - stands.count(Stand.CLOSED.value),
        "config_trouble": found["configuration"]["trouble"],
    }


def write(found: Snapshot, path: Path) -> None:
    """Replace the status file in one step, so that no reader sees a half."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(found, indent=1) + "\n")
    fresh.replace(path)


class Metrics(Collector):
    """The latest snapshot for Prometheus, on 127.0.0.1."""

    def __init__(self) -> None:
        self.found: Snapshot = {}

    def serve(self, port: int) -> None:
        registry = CollectorRegistry()
        registry.register(self)
        try:
            start_http_server(port, "127.0.0.1", registry)
        except OSError as error:
            raise BadConfig(
                f"Port {port} cannot be served: {error.strerror}.", field="status.metrics_port", remedy="a free port"
            ) from None

    def collect(self) -> Iterator[Metric]:
        if not self.found:
            return
        spool, gateway, configuration = self.found["spool"], self.found["gateway"], self.found["configuration"]
        for name, told, value in (
            ("waiting", "Entries in the spool that the gateway has not answered for.", spool["waiting"]),
            ("refused", "Entries that the gateway did not take and that wait for a person.", spool["refused"]),
            ("spool_bytes", "Size of the spool on disk.", spool["bytes"]),
            ("held_in_memory", "Entries that the disk does not take now.", spool["in_memory"]),
            (
                "config_refused",
                "1 while what is set at Hostbook cannot be taken over.",
                int(bool(configuration["trouble"])),
            ),
            ("clock_ahead_seconds", "This machine's clock against the gateway's.", gateway["clock_ahead_s"]),
        ):
            if value is not None:
                yield GaugeMetricFamily(f"hostbook_collect_{name}", told, value=value)
        yield from self._devices()

    def _devices(self) -> Iterator[Metric]:
        answers = GaugeMetricFamily("hostbook_collect_device_answers", "1 while a device is read.", labels=["device"])
        reads = GaugeMetricFamily("hostbook_collect_device_reads", "Reads since the start.", labels=["device"])
        for name, device in self.found["devices"].items():
            answers.add_metric([name], int(device["stand"] == Stand.CLOSED.value and not device["trouble"]))
            reads.add_metric([name], device.get("reads", 0))
        yield answers
        yield reads
