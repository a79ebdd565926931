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
from hostbook.collect.reader import Reader
from hostbook.collect.sender import Sent
from hostbook.collect.site import Site
from hostbook.collect.spool.door import Door
from hostbook.collect.spool.store import Depth, Kind
from hostbook.collect.uplink import Uplink

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the status is taken from."""

    site: Site
    door: Door
    uplink: Uplink
    sent: Mapping[Kind, Sent]


async def snapshot(sources: Sources) -> Snapshot:
    """Everything worth knowing, as plain values."""
    depth: Depth = await sources.door.ask(lambda spool: spool.depth())
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
            "in_memory": len(sources.door.held),
            "lost": sources.door.dropped,
        },
        "gateway": {
            "last_answer_at": instant_text(max(answered)) if answered else None,
            "trouble": next((sent.trouble for sent in sources.sent.values() if sent.trouble), None),
            "taken": sum(sent.taken for sent in sources.sent.values()),
            "refused": sum(sent.refused for sent in sources.sent.values()),
            "clock_ahead_s": round(skew.total_seconds(), 1) if skew is not None else None,
            "pdu_list": registered.trouble or f"{len(registered.pdus)} PDUs",
        },
        "devices": {name: _device(reader) for name, reader in sorted(sources.site.readers.items())}
        | {name: {"stand": "refused", "trouble": bad.message} for name, bad in sorted(sources.site.refused.items())},
        "notes": dict(sources.site.keeper.notes),
    }


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
        spool, gateway = self.found["spool"], self.found["gateway"]
        for name, told, value in (
            ("waiting", "Entries in the spool that the gateway has not answered for.", spool["waiting"]),
            ("refused", "Entries that the gateway did not take and that wait for a person.", spool["refused"]),
            ("spool_bytes", "Size of the spool on disk.", spool["bytes"]),
            ("held_in_memory", "Entries that the disk does not take now.", spool["in_memory"]),
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
