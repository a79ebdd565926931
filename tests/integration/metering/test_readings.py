"""Polls and scans through the API: accepted ones are there once, bad ones are refused for themselves (CB-08, CB-33)."""

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from common.clock import wall_now
from events.metering import UnitStateChanged
from hostbook.engines.stack import Stack
from support.metering_house import House, at
from support.one_service import OneService


async def rows(house: House, query: str) -> Any:
    """What the service's own role sees of the organization."""
    connection = await asyncpg.connect(house.service.database_url)
    try:
        await connection.execute(f"set app.organization_id = '{house.organization_id}'")
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_an_accepted_poll_is_there_once_however_often_it_is_sent(house: House) -> None:
    polls = house.steady("PDU-A", 2, 0, 5)
    by_id = [poll | {"pdu": str(house.pdus["PDU-A"])} for poll in polls]
    assert await house.send([*polls, *polls]) == {"accepted": 22, "refused": []}
    assert await house.send(by_id) == {"accepted": 11, "refused": []}
    assert len(await rows(house, "select 1 from polls")) == 11


async def test_another_value_for_the_same_instant_is_kept_beside_the_first(house: House) -> None:
    await house.send([house.poll("PDU-A", at(1), [10, 20]), house.poll("PDU-A", at(1), [11, 20])])
    await house.send([house.poll("PDU-A", at(1), [11, 20])])
    found = await rows(house, "select polled_at, received_at from polls")
    assert len(found) == 2
    assert abs(found[0]["received_at"] - wall_now()) < timedelta(minutes=5)


async def test_each_bad_poll_is_refused_with_its_field_and_the_rest_is_stored(house: House) -> None:
    good = house.poll("PDU-A", at(1), [5, None])
    ahead = (wall_now() + timedelta(minutes=6)).isoformat()
    bad: list[dict[str, Any]] = [
        {"pdu": "PDU-Z"}, {"energy_wh": [1]}, {"energy_wh": [1, 2], "power_w": [1]}, {"energy_wh": [-1, 2]},
        {"energy_wh": [1.5, 2]}, {"energy_wh": [2**63, 2]}, {"polled_at": ahead}, {"polled_at": "2025-03-01T00:00:00"},
        {"polled_at": "1999-01-01T00:00:00Z"}, {"volts": 3}, {"pdu": 7}, {"energy_wh": None},
    ]  # fmt: skip
    answer = await house.send([good, *(good | change for change in bad)])
    assert answer["accepted"] == 1
    assert [one["index"] for one in answer["refused"]] == list(range(1, len(bad) + 1))
    assert [one["field"].split("[")[0] for one in answer["refused"]] == [
        "pdu", "energy_wh", "power_w", "energy_wh", "energy_wh", "energy_wh", "polled_at", "polled_at", "polled_at",
        "entry", "pdu", "energy_wh",
    ]  # fmt: skip
    assert all(one["reason"] and one["remedy"] for one in answer["refused"])
    assert len(await rows(house, "select 1 from polls")) == 1


async def test_a_body_that_is_no_list_of_polls_is_refused_as_a_whole(house: House) -> None:
    async with house.client() as client:
        for content, status in (
            (b"{", 422), (b'{"polls": 3}', 422), (b'{"poll": []}', 422), (b'{"polls": [], "x": 1}', 422),
            (b"\xff\xfe", 422), (json.dumps({"polls": [1] * 5001}).encode(), 413), (b" " * (13 << 20), 413),
            (b'{"polls": [' + b"{}," * 999_999 + b"{}]}", 413), (b'{"polls": [' + b"1," * 999_999 + b"1]}", 422),
        ):  # fmt: skip
            answer = await client.post("/v1/readings", content=content)
            assert answer.status_code == status, content[:50]
            assert answer.headers["content-type"] == "application/problem+json"


async def test_of_ten_megabytes_the_good_polls_are_taken_and_the_bad_one_is_named(house: House) -> None:
    polls = house.steady("PDU-A", 2, 0, 20)
    body = json.dumps({"polls": [*polls, polls[0] | {"energy_wh": [1.5, 2]}]}).encode()
    async with house.client() as client:
        answer = await client.post("/v1/readings", content=body.replace(b"[", b"[" + b" " * (10 << 20), 1))
    assert answer.status_code == 202
    assert (answer.json()["accepted"], [one["index"] for one in answer.json()["refused"]]) == (41, [41])
    await house.service.settled(house.organization_id)
    assert len(await rows(house, "select 1 from polls")) == 41


async def test_a_poll_from_before_the_first_channel_is_refused_and_later_ones_are_taken(house: House) -> None:
    await house.plug("QDU", [house.units[0]], from_at=at(2))
    answer = await house.send([house.poll("QDU", at(h), [int(h * 1000)]) for h in (1, 2, 3)])
    assert (answer["accepted"], [one["field"] for one in answer["refused"]]) == (2, ["polled_at"])
    assert "2025-03-03T08:00:00Z" in answer["refused"][0]["remedy"]


async def test_a_key_of_one_site_takes_polls_and_scans_of_that_site_alone(house: House) -> None:
    poll = house.poll("PDU-A", at(1), [1, 2])
    scan = {"site": "S-1", "scanned_at": at(1).isoformat(), "interval_s": 60, "miners": {"M00": [1, "hashing"]}}
    for site_id, taken in ((house.site_id, 1), (uuid4(), 0)):
        async with house.client(site_id=site_id) as client:
            for path, body, field in (
                ("/v1/readings", {"polls": [poll]}, "pdu"), ("/v1/telemetry", {"scans": [scan]}, "site")
            ):  # fmt: skip
                answer = (await client.post(path, json=body)).json()
                refused = [] if taken else [field]
                assert (answer["accepted"], [one["field"] for one in answer["refused"]]) == (taken, refused)


async def test_a_gzipped_body_is_read_and_a_bomb_is_not_unpacked(house: House) -> None:
    body = gzip.compress(json.dumps({"polls": house.steady("PDU-A", 2, 0, 1)}).encode())
    bomb = gzip.compress(b" " * (64 << 20))
    async with house.client() as client:
        for content, coding, status in (
            (body, "gzip", 202), (bomb, "gzip", 413), (body[:-9], "gzip", 422), (b"plain", "gzip", 422),
            (body, "br", 422),
        ):  # fmt: skip
            answer = await client.post("/v1/readings", content=content, headers={"Content-Encoding": coding})
            assert answer.status_code == status, (len(content), coding)


async def test_without_the_permission_the_key_or_the_token_nothing_is_taken(house: House) -> None:
    async with house.service.client(house.organization_id, ["meters.read"]) as client:
        assert (await client.post("/v1/readings", json={"polls": []})).status_code == 403
        client.event_hooks = {}
        assert (await client.post("/v1/readings", json={"polls": []})).status_code == 401
    async with house.client() as client:
        answer = await client.post("/v1/readings", json={"polls": []}, headers={"Idempotency-Key": ""})
        assert answer.status_code == 400


async def test_a_foreign_pdu_looks_like_none(house: House, service: OneService) -> None:
    stranger = House(service, await service.open_organization(at(0)))
    poll = house.poll("PDU-A", at(1), [1, 2])
    for pdu in ("PDU-A", str(house.pdus["PDU-A"])):
        answer = await stranger.post("/v1/readings", {"polls": [poll | {"pdu": pdu}]}, 202)
        assert (answer["accepted"], answer["refused"][0]["field"]) == (0, "pdu")
    async with stranger.client() as client:
        assert (await client.get(f"/v1/pdus/{house.pdus['PDU-A']}")).status_code == 404
        assert (await client.get("/v1/pdus")).json() == {"items": [], "next": None}
        assert (await client.get("/v1/channels")).json() == {"items": [], "next": None}


async def test_scans_are_taken_by_name_or_id_and_unknown_miners_are_named(house: House) -> None:
    scan = {"site": "S-1", "scanned_at": at(1).isoformat(), "interval_s": 300}
    miners = {"M00": [101.25, "hashing"], str(house.units[1]): ["0", "offline"], "M99": [1, "online"]}
    other: list[dict[str, Any]] = [
        {"site": "S-9"}, {"interval_s": 0}, {"miners": {"M00": [-1, "hashing"]}}, {"miners": {"M00": [1, "asleep"]}},
        {"miners": {"M00": ["1e3", "online"]}, "scanned_at": at(2).isoformat(), "site": str(house.site_id)},
        {"miners": {"M00": ["NaN", "online"]}}, {"miners": {"M00": [True, "online"]}},
    ]  # fmt: skip
    scans = [scan | {"miners": miners}, *(scan | {"miners": miners} | change for change in other)]
    answer = await house.post("/v1/telemetry", {"scans": scans}, 202)
    assert answer["accepted"] == 2
    assert [(one["index"], one["field"].split("[")[0]) for one in answer["refused"]] == [
        (0, "miners.M99"), (1, "site"), (2, "interval_s"), (3, "miners.M00"), (4, "miners"), (6, "miners.M00"),
        (7, "miners.M00"),
    ]  # fmt: skip
    await house.service.settled(house.organization_id)
    changed = await house.service.published("metering.unit", house.organization_id)
    states = [(one.unit_id, one.state, one.hashrate_ths) for one in changed if isinstance(one, UnitStateChanged)]
    assert sorted(states, key=str) == sorted(
        [(house.units[0], "hashing", "101.25"), (house.units[1], "offline", "0"), (house.units[0], "online", "1000")],
        key=str,
    )


@pytest.mark.timeout(60)
async def test_while_kafka_hangs_the_answer_is_503_and_the_repeated_poll_is_there_once(
    house: House, engines: Stack, service: OneService
) -> None:
    polls = house.steady("PDU-A", 2, 0, 5)
    await house.send(polls[:1])
    engines.pause("kafka")
    try:
        async with house.client() as client:
            answer = await client.post("/v1/readings", json={"polls": polls})
    finally:
        engines.resume("kafka")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert (await house.send(polls))["accepted"] == len(polls)
    await service.settled(house.organization_id, within_s=40)
    assert len(await rows(house, "select 1 from polls")) == len(polls)


async def test_row_level_security_hides_every_table_from_other_organizations(house: House) -> None:
    await house.send(house.steady("PDU-A", 2, 0, 25))
    await house.advance(25)
    connection = await asyncpg.connect(house.service.database_url)
    names = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    for (name,) in await connection.fetch(names):
        if name != "alembic_version":
            await connection.execute(f"set app.organization_id = '{uuid4()}'")
            assert await connection.fetchval(f'select count(*) from "{name}"') == 0, name
    await connection.execute(f"set app.organization_id = '{house.organization_id}'")
    assert await connection.fetchval("select count(*) from polls") == 51
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("select count(*) from evidence_parts.polls_2025_03")
    await connection.close()
