"""`python -m events.specs [FOLDER]` writes a schema and an example of every event; a breaking change is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from events.catalog import EVENTS
from events.compatibility import WAY_OUT, breaks
from events.samples import sample

FOLDER = Path(__file__).resolve().parents[2]


def documents() -> dict[str, Any]:
    """`schemas/<type>.json` and `examples/<type>.json` of every event, by place in this library."""
    found: dict[str, Any] = {}
    for kind, event in EVENTS.items():
        found[f"schemas/{kind}.json"] = {"$id": f"schemas/{kind}.json"} | event.model_json_schema()
        found[f"examples/{kind}.json"] = sample(event)
    return found


def text_of(document: Any) -> str:
    """A document as it is committed."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def broken(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not compatible between two sets of schemas (`schemas/<type>.json` -> schema); a removed event is not."""
    said = []
    for name, old in sorted(before.items()):
        if name not in now:
            said.append(f"{name}: the event is gone")
            continue
        said += [f"{name}: {what}" for what in breaks(old, now[name])]
    return said


def committed(folder: Path) -> dict[str, Any]:
    """The schemas that lie in the folder."""
    return {f"schemas/{p.name}": json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("schemas/*.json"))}


def write(folder: Path) -> None:
    """Bring the folder up to date; raises ValueError when that would break consumers."""
    now = documents()
    said = broken(committed(folder), now)
    if said:
        raise ValueError("\n".join([*said, "", WAY_OUT]))
    for name in ("schemas", "examples"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for place, document in now.items():
        (folder / place).write_text(text_of(document), "utf-8")
    for path in [*folder.glob("schemas/*.json"), *folder.glob("examples/*.json")]:
        if path.relative_to(folder).as_posix() not in now:
            path.unlink()


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
    except ValueError as error:
        sys.exit(str(error))
