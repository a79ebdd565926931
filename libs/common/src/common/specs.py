"""OpenAPI and AsyncAPI of a service, written from its code; committed, and compared in `make check`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from common.consuming import EventRouter
from events.catalog import EVENTS
from events.envelope import Event


def _asyncapi(service: str, router: EventRouter, publishes: Sequence[type[Event]]) -> dict[str, Any]:
    receives = [EVENTS[kind] for kind in sorted(router.handlers)] + [
        event for event in EVENTS.values() if event.KIND.topic in router.raw
    ]
    sends = sorted(publishes, key=lambda e: e.KIND.type)
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


def write(service: str, app: FastAPI, router: EventRouter, publishes: Sequence[type[Event]], folder: str) -> None:
    """Write `openapi.json` and `asyncapi.json` into the folder."""
    documents = {"openapi.json": app.openapi(), "asyncapi.json": _asyncapi(service, router, publishes)}
    for name, document in documents.items():
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        (Path(folder) / name).write_text(text, encoding="utf-8")
