"""How far an import has come: a small file beside the imported one, so that it goes on after any end."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from hostbook.importing.columns import BadMap, Map
from hostbook.importing.lines import Place

_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Progress:
    """Every row before `line` is taken or told as a fault; `offset` is where it begins."""

    line: int = 1
    offset: int = 0
    accepted: int = 0
    is_done: bool = False

    @property
    def place(self) -> Place:
        return Place(self.line, self.offset)


class Checkpoint:
    """The progress of one file, by one map, to one place; another file, map or place is another import."""

    def __init__(self, path: Path, file: Path, columns: Map, to: str) -> None:
        self.path = path
        self._of = {"file": _fingerprint(file), "map": columns.model_dump_json(), "to": to}

    def load(self) -> Progress:
        """Where to go on; from the beginning where there is none. Raises `BadMap` for that of another import."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Progress()
        except (OSError, ValueError):
            found = {}
        if found.get("of") != self._of:
            reason = f"{self.path.name} is of another file, map or gateway."
            raise BadMap(reason, field="--checkpoint", remedy="--again begins anew; what is there already is kept once")
        return Progress(**found["progress"])

    def keep(self, progress: Progress) -> None:
        """Written whole or not at all."""
        unfinished = self.path.with_name(f".{self.path.name}")
        unfinished.write_text(json.dumps({"of": self._of, "progress": asdict(progress)}), encoding="utf-8")
        os.replace(unfinished, self.path)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def _fingerprint(file: Path) -> str:
    """Size, beginning and end: enough to tell files apart without reading all of a large one."""
    size = file.stat().st_size
    with file.open("rb") as source:
        head = source.read(_HEAD)
        source.seek(max(0, size - _HEAD))
        tail = source.read(_HEAD)
    return f"{size} {hashlib.sha256(head + tail).hexdigest()}"
