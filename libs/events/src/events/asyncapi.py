"""What a service receives and sends, as an AsyncAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from events.envelope import Event


def document(service: str, receives: Iterable[type[Event]], sends: Iterable[type[Event]]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of a service; message schemas are those of this library."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for action, events in (("receive", receives), ("send", sends)):
        for event in events:
            kind = event.KIND
            channel = channels.setdefault(kind.topic, {"address": kind.topic, "messages": {}})
            channel["messages"][kind.type] = {"$ref": f"../../libs/events/schemas/{kind.type}.json"}
            operations[f"{action} {kind.type}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{kind.topic}"},
                "summary": (event.__doc__ or "").split("\n")[0],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Hostbook {service}", "version": "1"},
        "channels": dict(sorted(channels.items())),
        "operations": dict(sorted(operations.items())),
    }
