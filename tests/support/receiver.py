"""`receiver.py PORT FOLDER`: the gateway's end of a collector's link, with a memory in files."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from common.clock import wall_now

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()


class Answers(BaseHTTPRequestHandler):
    """Names of methods are the library's."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        how = self._behaviour()
        items = how.get("pdus", [])
        if self.path.startswith("/v1/collector"):
            self._say(*how.get("collector", (404, {"detail": "This key is bound to no site."})))
        elif self.path.startswith("/v1/pdus/"):
            self._say(200, next(one for one in items if one["id"] == self.path.rpartition("/")[2]))
        else:
            bare = [{name: value for name, value in one.items() if name != "outlets"} for one in items]
            self._say(200, {"items": bare, "next": None})

    def do_PUT(self) -> None:
        """What a PDU says of its outlets; the answer is what is known of them here."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        how = self._behaviour()
        if "status" in how:
            self._say(how["status"], {"detail": "as told"})
            return
        pdu_id = self.path.split("/")[3]
        self._note("outlets", {"pdu_id": pdu_id, **body})
        self._say(200, next(one for one in how["pdus"] if one["id"] == pdu_id))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        ((kind, entries),) = json.loads(body).items()
        how = self._behaviour()
        call = {"kind": kind, "count": len(entries), "size": len(body), "key": self.headers["Idempotency-Key"]}
        self._note("calls", call | {"authorization": self.headers["Authorization"]})
        if "status" in how:
            self._say(how["status"], {"detail": "as told"}, retry_after=how.get("retry_after"))
        elif len(entries) > how.get("most", 5000):
            self._say(413, {"detail": "too many"})
        else:
            self._take(kind, entries, how)

    def _take(self, kind: str, entries: list[dict[str, Any]], how: dict[str, Any]) -> None:
        refused = []
        for index, entry in enumerate(entries):
            if entry.get("pdu") in how.get("refuse", []):
                no = {"field": "pdu", "reason": f"There is no PDU {entry['pdu']!r}.", "remedy": "register it first"}
                refused.append({"index": index, **no})
            else:
                self._note(kind, entry)
        self._say(202, {"accepted": len(entries) - len(refused), "refused": refused})

    def _note(self, name: str, content: dict[str, Any]) -> None:
        with (FOLDER / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(content) + "\n")

    def _behaviour(self) -> dict[str, Any]:
        path = FOLDER / "behaviour.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _say(self, status: int, content: dict[str, Any], *, retry_after: int | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self._now(), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(body)

    def _now(self) -> datetime:
        return wall_now().astimezone(UTC) + timedelta(seconds=self._behaviour().get("skew_s", 0))

    def log_message(self, *_: Any) -> None:
        """Silence."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
