"""Files of evidence: what becomes of each line, and what is told about those that cannot be taken (CB-32, CB-33)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hostbook.demo.api import Api
from hostbook.importing.checkpoint import Checkpoint, Progress
from hostbook.importing.columns import BadMap, PriceColumns, ReadColumns, ScanColumns, map_of
from hostbook.importing.faults import BadLine, FaultFile, LineFault
from hostbook.importing.groups import Entry, Sent, Target
from hostbook.importing.lines import Lines, Place, Row
from hostbook.importing.prices import Prices
from hostbook.importing.reads import Reads
from hostbook.importing.run import Count, Import
from hostbook.importing.scans import Scans
from hostbook.importing.values import instant_at

PDUS = {"PDU-A": 3, "PDU-B": 2}


def _imported(path: Path, columns: Any, target: Target) -> tuple[list[Entry], list[LineFault]]:
    lines, faults = Lines(path, columns.file), []
    target.check(lines)
    for row in lines.rows(Place()):
        if isinstance(row, LineFault):
            faults.append(row)
            continue
        try:
            target.take(row)
        except BadLine as error:
            faults.append(LineFault.of(row.line, error))
    lines.close()
    return target.due(everything=True), faults


def _reads(
    path: Path, text: str, *parts: str, pdus: dict[str, int] | None = PDUS
) -> tuple[list[Entry], list[LineFault]]:
    path.write_text(text, encoding="utf-8")
    columns: ReadColumns = map_of(ReadColumns, parts)
    return _imported(path, columns, Reads(columns, pdus))


def test_lines_of_outlets_become_one_vector_a_poll_wherever_they_stand(tmp_path: Path) -> None:
    text = (
        "pdu,n,polled_at,energy_wh\n"
        "PDU-A,1,2025-03-01T00:00:00Z,100\n"
        "PDU-A,3,2025-03-01T00:05:00Z,305\n"
        "PDU-A,3,2025-02-28T18:00:00-06:00,300\n"
        "PDU-B,2,2025-03-01T00:00:00Z,\n"
    )
    entries, faults = _reads(tmp_path / "a.csv", text, "outlet=n")
    assert faults == []
    assert [(one.body["pdu"], one.body["polled_at"], one.body["energy_wh"]) for one in entries] == [
        ("PDU-A", "2025-03-01T00:00:00Z", [100, None, 300]),
        ("PDU-A", "2025-03-01T00:05:00Z", [None, None, 305]),
        ("PDU-B", "2025-03-01T00:00:00Z", [None, None]),
    ]
    assert entries[0].lines == (2, 4)


def test_wide_files_have_a_column_for_each_outlet(tmp_path: Path) -> None:
    text = "time;o1;o2;o3;p1\n01.03.2025 00:05;0,5;1.000,25;;3,5\n"
    parts = (
        "file.delimiter=;",
        "file.decimal=,",
        "pdu.always=PDU-A",
        "pdu.column=",
        "at.column=time",
        "at.format=%d.%m.%Y %H:%M",
        "at.zone=America/Chicago",
        "energy.column=o{outlet}",
        "energy.unit=kWh",
        "power.column=p{outlet}",
        "power.unit=kW",
    )
    with pytest.raises(BadMap):
        _reads(tmp_path / "a.csv", text, *parts)
    entries, faults = _reads(tmp_path / "a.csv", text, *(part for part in parts if part != "pdu.column="))
    assert faults == []
    assert entries[0].body == {
        "pdu": "PDU-A",
        "polled_at": "2025-03-01T06:05:00Z",
        "energy_wh": [500, 1000250, None],
        "power_w": [3500, None, None],
    }


def test_polls_as_json_lines_are_taken_as_they_are_also_compressed(tmp_path: Path) -> None:
    poll = {"pdu": "PDU-B", "polled_at": "2025-03-01T00:00:00Z", "energy_wh": [1, None], "power_w": [0, 3500]}
    path = tmp_path / "polls.ndjson.gz"
    path.write_bytes(gzip.compress(json.dumps(poll).encode() + b"\n\n"))
    columns: ReadColumns = map_of(ReadColumns, ["power.unit=W"])
    entries, faults = _imported(path, columns, Reads(columns, PDUS))
    assert faults == []
    assert [one.body for one in entries] == [poll]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ("PDU-C,1,2025-03-01T00:00:00Z,1", "pdu", "no PDU 'PDU-C'"),
        (",1,2025-03-01T00:00:00Z,1", "pdu", "has no name"),
        ("PDU-A,4,2025-03-01T00:00:00Z,1", "n", "has 3 outlets; this is of outlet 4"),
        ("PDU-A,0,2025-03-01T00:00:00Z,1", "n", "0 is no outlet"),
        ("PDU-A,one,2025-03-01T00:00:00Z,1", "n", "'one' is no number"),
        ("PDU-A,1,2025-03-01T00:00:00,1", "polled_at", "has no zone"),
        ("PDU-A,1,yesterday,1", "polled_at", "'yesterday' is no instant"),
        ("PDU-A,1,2025-03-01T00:00:00Z,-1", "energy_wh", "below 0"),
        ("PDU-A,1,2025-03-01T00:00:00Z,1.0001", "energy_wh", "not a whole number of Wh"),
        ("PDU-A,1,2025-03-01T00:00:00Z,1e400", "energy_wh", "no quantity"),
        ("PDU-A,1,2025-03-01T00:00:00Z,NaN", "energy_wh", "no quantity"),
        ("PDU-A,2,2025-03-01T00:00:00Z,8", "energy_wh", "had 7 Wh at this instant in an earlier line"),
        ("PDU-A,1,2025-03-01T00:00:00Z", "", "3 values stand in 4 columns"),
        ('PDU-A,1,2025-03-01T00:00:00Z,"1', "", "quotation mark"),
    ],
)
def test_a_line_at_fault_is_told_with_its_field_and_the_others_are_taken(
    tmp_path: Path, line: str, field: str, reason: str
) -> None:
    text = f"pdu,n,polled_at,energy_wh\nPDU-A,2,2025-03-01T00:00:00Z,7\n{line}\nPDU-A,3,2025-03-01T00:00:00Z,9\n"
    entries, faults = _reads(tmp_path / "a.csv", text, "outlet=n")
    assert [(fault.line, fault.field) for fault in faults] == [(3, field)]
    assert reason in faults[0].reason
    assert faults[0].remedy
    assert [one.body["energy_wh"] for one in entries] == [[None, 7, 9]]


def test_finer_than_a_wh_is_cut_where_the_map_says_so(tmp_path: Path) -> None:
    text = "pdu,n,polled_at,kwh\nPDU-A,1,2025-03-01T00:00:00Z,1.2345\n"
    parts = ("outlet=n", "energy.column=kwh", "energy.unit=kWh", "energy.finer=cut")
    assert _reads(tmp_path / "a.csv", text, *parts)[0][0].body["energy_wh"][0] == 1234


@pytest.mark.parametrize(
    ("text", "parts", "told"),
    [
        ("a,b\n", (), "no column 'pdu', 'polled_at', 'energy_wh'"),
        ("pdu,pdu\n", (), "'pdu' is there twice"),
        ("\n", (), "names no columns"),
        ("pdu,polled_at,energy_wh\n", ("energy.unit=kVAh",), "energy.unit"),
        ("pdu,polled_at,energy_wh\n", ("at.zone=Mars/Base",), "at.zone"),
        ("pdu,polled_at,energy_wh\n", ("colour=red",), "colour: Extra inputs"),
        ("pdu,polled_at,energy_wh\n", ("outlet=n", "energy.column=o{outlet}"), "long (outlet) or wide"),
        ("pdu,polled_at,energy_wh\n", ("no-such-map.yaml",), "cannot be read"),
        ("pdu,polled_at,energy_wh\n", ("pdu=x", "pdu.always=y"), "pdu has no parts"),
    ],
)
def test_a_map_that_does_not_fit_is_refused_before_the_first_line(
    tmp_path: Path, text: str, parts: Sequence[str], told: str
) -> None:
    with pytest.raises(BadMap) as refused:
        _reads(tmp_path / "a.csv", text, *parts)
    assert told in refused.value.message
    assert refused.value.remedy


def test_a_file_whose_kind_cannot_be_told_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMap, match="cannot be told"):
        _reads(tmp_path / "a.xlsx", "x")


def test_local_times_that_do_not_exist_or_come_twice_are_not_guessed() -> None:
    local = map_of(ReadColumns, ["at.zone=America/Chicago"]).at
    assert instant_at("2025-07-01 00:00", local) == datetime(2025, 7, 1, 5, tzinfo=UTC)
    with pytest.raises(BadLine, match="does not exist in America/Chicago"):
        instant_at("2025-03-09 02:30", local)
    with pytest.raises(BadLine, match="comes twice in America/Chicago"):
        instant_at("2025-11-02 01:30", local)
    second = map_of(ReadColumns, ["at.zone=America/Chicago", "at.ambiguous=second"]).at
    assert instant_at("2025-11-02 01:30", second) == datetime(2025, 11, 2, 7, 30, tzinfo=UTC)
    unix = map_of(ReadColumns, ["at.format=unix_ms"]).at
    assert instant_at("1740787200500", unix) == datetime(2025, 3, 1, microsecond=500_000, tzinfo=UTC)


def test_prices_end_where_their_column_or_their_hours_say(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("from_at,usd_per_ph_day\n2025-03-01T00:00:00Z,52.17\n2025-03-01T01:00:00Z,-1\n")
    columns: PriceColumns = map_of(PriceColumns, ["hours=1"])
    entries, faults = _imported(path, columns, Prices(columns, "default"))
    assert [one.body for one in entries] == [
        {"from_at": "2025-03-01T00:00:00Z", "to_at": "2025-03-01T01:00:00Z", "usd_per_ph_day": "52.17"}
    ]
    assert [fault.line for fault in faults] == [3]


def test_lines_of_telemetry_become_scans_of_a_site(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    at = "2025-03-01T00:00:00Z"
    path.write_text(
        f"unit,scanned_at,hashrate_ths,status\nU1,{at},110.5,hashing\nU2,{at},0,Offline\nU3,{at},1,asleep\n"
        f"U1,{at},111,hashing\n"
    )
    columns: ScanColumns = map_of(ScanColumns, ["site.always=AMA-1", "interval_s=300"])
    entries, faults = _imported(path, columns, Scans(columns))
    miners = {"U1": ["110.5", "hashing"], "U2": ["0", "offline"]}
    assert [one.body for one in entries] == [{"site": "AMA-1", "scanned_at": at, "interval_s": 300, "miners": miners}]
    assert [(fault.line, fault.field) for fault in faults] == [(4, "status"), (5, "unit")]


def test_reading_goes_on_at_the_line_and_byte_that_were_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffpdu,polled_at,energy_wh\nÄ,b,1\nc,d,2\n", encoding="utf-8")
    lines = Lines(path, ReadColumns().file)
    first, second = (row for row in lines.rows(Place()) if isinstance(row, Row))
    assert (first.line, first.fields["pdu"], second.line) == (2, "Ä", 3)
    (again,) = lines.rows(Place(second.line, second.offset))
    assert again == second


def test_a_checkpoint_is_of_one_file_map_and_gateway(tmp_path: Path) -> None:
    file, kept = tmp_path / "a.csv", Progress(7, 120, 5)
    file.write_text("pdu\n")
    checkpoint = Checkpoint(tmp_path / "c", file, ReadColumns(), "here")
    assert checkpoint.load() == Progress()
    checkpoint.keep(kept)
    assert Checkpoint(tmp_path / "c", file, ReadColumns(), "here").load() == kept
    with pytest.raises(BadMap, match="another file, map or gateway"):
        Checkpoint(tmp_path / "c", file, ReadColumns(), "there").load()
    file.write_text("pdu2\n")
    with pytest.raises(BadMap):
        Checkpoint(tmp_path / "c", file, ReadColumns(), "here").load()
    checkpoint.forget()
    assert checkpoint.load() == Progress()


def test_faults_of_lines_that_will_be_read_again_are_not_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.errors.csv"
    first = FaultFile(path, from_line=1)
    for line in (3, 9):
        first.add(LineFault(line, "pdu", "There is none.", "register it", "text"))
    first.close()
    again = FaultFile(path, from_line=5)
    again.add(LineFault(9, "pdu", "There is none.", "register it", "text"))
    again.close()
    assert [row.split(",")[0] for row in path.read_text().splitlines()] == ["line", "3", "9"]
    FaultFile(path, from_line=1).close()
    assert not path.exists()


class _Breaking:
    """A target that takes two rows at a time, and whose gateway goes away at the third call."""

    noun, batch = "rows", 2

    def __init__(self, taken: list[str], calls: int) -> None:
        self.taken, self._calls = taken, calls
        self._rows: list[Row] = []

    def check(self, lines: Lines) -> None:
        lines.refuse_missing("pdu")

    def take(self, row: Row) -> None:
        self._rows.append(row)

    def due(self, *, everything: bool) -> list[Entry]:
        if not everything and len(self._rows) < 3:
            return []
        found, self._rows = self._rows[: None if everything else 2], self._rows[None if everything else 2 :]
        return [Entry(dict(row.fields), (row.line,)) for row in found]

    def first_open(self) -> Place | None:
        return Place(self._rows[0].line, self._rows[0].offset) if self._rows else None

    def send(self, api: Api, entries: list[Entry]) -> Sent:
        self._calls -= bool(api)
        if self._calls < 0:
            raise httpx.ConnectError("gone")
        self.taken += [entry.body["pdu"] for entry in entries]
        return Sent(len(entries), ())


def test_an_import_that_broke_off_goes_on_where_it_was_and_loses_no_row(tmp_path: Path) -> None:
    path, names = tmp_path / "a.csv", [f"P{n}" for n in range(9)]
    path.write_text("pdu\n" + "".join(f"{name}\n" for name in names))
    checkpoint, taken = Checkpoint(tmp_path / "c", path, ReadColumns(), "here"), list[str]()

    def run(calls: int) -> Count:
        start = checkpoint.load()
        lines, faults = Lines(path, ReadColumns().file), FaultFile(tmp_path / "e", from_line=start.line)
        with Api("http://127.0.0.1:9", "key") as api:
            try:
                target = _Breaking(taken, calls)
                return Import(lines, target, faults, lambda *_: None).run(api, checkpoint, start)
            finally:
                lines.close()
                faults.close()

    with pytest.raises(httpx.ConnectError):
        run(2)
    assert taken == names[:4]
    assert (checkpoint.load().line, checkpoint.load().accepted) == (6, 4)
    assert run(9).accepted == 9
    assert taken == names
    assert checkpoint.load().is_done
