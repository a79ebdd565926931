"""The file of a site's agents:

    {"agents": [{"name": "PDU-A", "address": "127.0.1.1", "port": 16100, "model": "raritan-px", "outlets": 24,
                 "power_w": 3250, "start_wh": 1000000, "began_at": "2025-03-01T00:00:00Z",
                 "user": {"name": "hostbook", "auth": "...", "privacy": "..."}},
                {"name": "PDU-B", "address": "127.0.1.2", "port": 16100, "recording": "walks/px3.snmprec"}],
     "faults": [{"agent": "PDU-A", "kind": "reset", "outlet": 3, "from_at": "2025-03-01T01:00:00Z"}]}

`power_w` is a number, a list of one per outlet, or per outlet a list of [instant, watts]; `start_wh` a number or a
list. Without `began_at` registers grow from the start of the process on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from common.clock import instant_of
from hostbook.collect.clock import now
from hostbook.fakes.snmp.agent import AgentPlan, UserAccess
from hostbook.fakes.snmp.load import Fault, Kind, Load
from hostbook.fakes.snmp.pdu import FakePdu
from hostbook.fakes.snmp.recording import recorded


def site_of(content: Mapping[str, Any], folder: Path | None = None) -> list[AgentPlan]:
    """The plans of all agents, with the faults of the file; recordings are looked for from the file's folder."""
    faults = faults_of(content)
    return [_agent(agent, faults.get(agent["name"], []), folder or Path()) for agent in content["agents"]]


def faults_of(content: Mapping[str, Any]) -> dict[str, list[Fault]]:
    """The faults of the file, by agent."""
    found: dict[str, list[Fault]] = {}
    for one in content.get("faults", []):
        to_at = one.get("to_at")
        fault = Fault(
            Kind(one["kind"]),
            instant_of(one["from_at"]),
            instant_of(to_at) if to_at else None,
            one.get("outlet"),
            one.get("value"),
        )
        found.setdefault(one["agent"], []).append(fault)
    return found


def _agent(entry: Mapping[str, Any], faults: list[Fault], folder: Path) -> AgentPlan:
    user = entry.get("user")
    recording = entry.get("recording")
    return AgentPlan(
        name=entry["name"],
        address=entry["address"],
        port=entry["port"],
        pdu=None if recording else _pdu(entry, faults),
        recording=recorded(folder / recording) if recording else None,
        community=entry.get("community", "public"),
        user=UserAccess(user["name"], user["auth"], user["privacy"]) if user else None,
    )


def _pdu(entry: Mapping[str, Any], faults: list[Fault]) -> FakePdu:
    count = entry["outlets"]
    began_at = instant_of(entry["began_at"]) if "began_at" in entry else now()
    powers = entry.get("power_w", 0)
    starts = entry.get("start_wh", 0)
    return FakePdu(
        name=entry["name"],
        model=entry["model"],
        loads=[_load(power, began_at) for power in (powers if isinstance(powers, list) else [powers] * count)],
        start_wh=starts if isinstance(starts, list) else [starts] * count,
        began_at=began_at,
        serial=entry.get("serial", f"FAKE-{entry['name']}"),
        faults=list(faults),
    )


def _load(power: Any, began_at: datetime) -> Load:
    if isinstance(power, int):
        return [(began_at, power)]
    return [(instant_of(at), watts) for at, watts in power]
