"""What PDUs say of their outlets - name and state - brought to Hostbook when it changes, and after every start.

It is kept in memory alone: of names and states only the newest word counts, and it is read again with every poll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import structlog

from common.clock import instant_text
from hostbook.collect.driver import PduPoll
from hostbook.collect.placing import Places
from hostbook.collect.registered import Registered
from hostbook.collect.uplink import Uplink

_log = structlog.get_logger()
Words = tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    words: Words


class Outlets:
    """The newest word of each PDU by name, and what Hostbook has been told already."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._told: dict[str, Words] = {}
        self.trouble: str | None = None

    def saw(self, pdu: str, poll: PduPoll, places: Places, outlet_count: int | None) -> None:
        """A poll of the PDU; outlets beyond what is registered are left out."""
        words = sorted(
            (position, outlet.name, outlet.state.value)
            for outlet in poll.outlets
            if (position := places[poll.unit, outlet.key]) <= (outlet_count or position)
        )
        self._seen[pdu] = _Seen(poll.polled_at, tuple(words))

    async def tell(self, uplink: Uplink, registered: Registered) -> dict[str, list[str]]:
        """Tell what is new; answers, by PDU told of, in which outlets its names do not fit Hostbook's."""
        found: dict[str, list[str]] = {}
        for pdu, seen in list(self._seen.items()):
            pdu_id = registered.pdus.get(pdu, {}).get("id")
            if pdu_id is None or self._told.get(pdu) == seen.words:
                continue
            try:
                answer = await uplink.put(f"/v1/pdus/{pdu_id}/outlets", _body(seen))
            except httpx.HTTPStatusError as error:
                if error.response.status_code in (429, 502, 503, 504):
                    return self._later(found, f"{error.response.status_code}")
                self._refused(pdu, error.response)
                answer = {}
            except (httpx.HTTPError, ValueError) as error:
                return self._later(found, type(error).__name__)
            self._told[pdu], self.trouble = seen.words, None
            found[pdu] = [str(one["note"]) for one in answer.get("outlets", []) if one.get("note")]
        return found

    def _later(self, found: dict[str, list[str]], why: str) -> dict[str, list[str]]:
        if self.trouble != why:
            _log.warning("gateway.outlets", reason=why)
        self.trouble = why
        return found

    def _refused(self, pdu: str, response: httpx.Response) -> None:
        """Not tried again until something changes."""
        _log.error("gateway.outlets", device=pdu, reason=f"{response.status_code} {response.text[:200]}")


def _body(seen: _Seen) -> Mapping[str, Any]:
    outlets = [{"position": position, "name": name[:200], "state": state} for position, name, state in seen.words]
    return {"seen_at": instant_text(seen.at), "outlets": outlets}
