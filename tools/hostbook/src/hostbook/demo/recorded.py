"""The recorded month: the site as a document, polls and telemetry as lines, in the order in which they came."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class RecordedMonth:
    """A folder with `site.json`, `polls.ndjson.gz` and `telemetry.ndjson.gz`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.site: dict[str, Any] = json.loads((folder / "site.json").read_text(encoding="utf-8"))

    def polls(self, batch: int) -> Iterator[list[dict[str, Any]]]:
        """Polls in the recorded order, in batches."""
        yield from self._batches("polls.ndjson.gz", batch)

    def scans(self, batch: int) -> Iterator[list[dict[str, Any]]]:
        """Telemetry scans in the recorded order, in batches."""
        yield from self._batches("telemetry.ndjson.gz", batch)

    def _batches(self, name: str, size: int) -> Iterator[list[dict[str, Any]]]:
        with gzip.open(self._folder / name, "rt", encoding="utf-8") as lines:
            rows: list[dict[str, Any]] = []
            for line in lines:
                rows.append(json.loads(line))
                if len(rows) == size:
                    yield rows
                    rows = []
            if rows:
                yield rows
