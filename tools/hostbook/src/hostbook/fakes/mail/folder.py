"""The kept mails: one `.eml` each, written whole or not at all, and `index.jsonl` with one line per mail."""

from __future__ import annotations

import json
import os
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from common.clock import instant_text, wall_now


class Folder:
    """Mails in order of arrival. One that a killed process had written but not listed is listed at the next start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._index = path / "index.jsonl"
        self._faults = path / "faults.json"
        listed = {row["file"] for row in self.rows()}
        for mail in sorted(path.glob("*.eml")):
            if mail.name not in listed:
                self._list(_row(mail.name, mail.read_bytes(), "", []))

    def keep(self, content: bytes, sender: str, recipients: list[str]) -> str:
        """Writes the mail and its line; the name sorts by time of arrival."""
        at = wall_now()
        name = f"{at:%Y%m%dT%H%M%S%f}-{os.urandom(3).hex()}.eml"
        unfinished = self.path / f".{name}"
        unfinished.write_bytes(content)
        unfinished.rename(self.path / name)
        self._list({"at": instant_text(at)} | _row(name, content, sender, recipients))
        return name

    def rows(self) -> list[dict[str, Any]]:
        """Every line of the index; a last line cut short by a kill is left out."""
        found = []
        for line in self._index.read_text().splitlines() if self._index.exists() else []:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def faults(self) -> dict[str, Any]:
        """`refuse`: recipients answered 550. `temporary`: how many messages get 451 before one is taken again."""
        try:
            parsed: dict[str, Any] = json.loads(self._faults.read_text())
        except FileNotFoundError:
            return {}
        return parsed

    def script(self, faults: dict[str, Any]) -> None:
        unfinished = self._faults.with_suffix(".new")
        unfinished.write_text(json.dumps(faults))
        unfinished.rename(self._faults)

    def _list(self, row: dict[str, Any]) -> None:
        line = (json.dumps(row) + "\n").encode()
        if self._index.exists() and not self._index.read_bytes().endswith(b"\n"):
            line = b"\n" + line
        file = os.open(self._index, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)


def _row(name: str, content: bytes, sender: str, recipients: list[str]) -> dict[str, Any]:
    mail = message_from_bytes(content, policy=policy.default)
    return {
        "file": name,
        "from": sender or str(mail["from"] or ""),
        "to": recipients or [part.strip() for part in str(mail["to"] or "").split(",")],
        "subject": str(mail["subject"] or ""),
        "message_id": str(mail["message-id"] or ""),
        "attachments": [part.get_filename() for part in mail.iter_attachments()] if mail.is_multipart() else [],
        "bytes": len(content),
    }
