"""OpenAPI and AsyncAPI of a service, written from its code; committed, and compared in `make check`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from common.consuming import EventRouter
from events import asyncapi
from events.catalog import EVENTS
from events.envelope import Event


def documents(service: str, app: FastAPI, router: EventRouter, publishes: Sequence[type[Event]]) -> dict[str, str]:
    """`openapi.json` and `asyncapi.json` as they are committed, by name."""
    receives = [EVENTS[kind] for kind in sorted(router.handlers)]
    receives += [event for event in EVENTS.values() if event.KIND.topic in router.raw]
    sends = sorted(publishes, key=lambda e: e.KIND.type)
    made = {"openapi.json": app.openapi(), "asyncapi.json": asyncapi.document(service, receives, sends)}
    return {n: json.dumps(d, indent=1, sort_keys=True, ensure_ascii=False) + "\n" for n, d in made.items()}


def write(texts: dict[str, str], folder: str) -> None:
    for name, text in texts.items():
        (Path(folder) / name).write_text(text, encoding="utf-8")
