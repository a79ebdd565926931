"""A poisoned record is put aside with its reason; its partition goes on; replay takes it once it can be taken."""

import asyncio
import os
import sys
from uuid import UUID, uuid4

import asyncpg

from common.outbox import new_producer
from events.envelope import Envelope
from events.metering import MeterReadingRecorded
from hostbook.engines.stack import Stack
from support.metering_house import House, at


async def put(kafka: str, house: House, pdu_id: object, body: bytes, **headers: str) -> None:
    envelope = Envelope(
        id=uuid4(), type=MeterReadingRecorded.KIND.type, source="test", subject=str(pdu_id), time=at(0),
        organization_id=house.organization_id,
    )  # fmt: skip
    named = [(name, value.encode()) for name, value in (envelope.headers() | headers).items()]
    producer = new_producer(kafka)
    await producer.start()
    await producer.send_and_wait("metering.reading", body, key=str(pdu_id).encode(), headers=named)
    await producer.stop()


def poisons(pdu_id: UUID, future: str) -> list[bytes]:
    """Bodies that can never be stored; the last names a PDU that will be known later."""
    return [
        b"not json",
        b'{"pdu_id": "%s", "polled_at": "2025-03-03T07:00:00Z", "energy_wh": [1]}' % str(pdu_id).encode(),
        b'{"pdu_id": "%s", "polled_at": "2025-03-03T07:00:00Z", "energy_wh": [1, -2]}' % str(pdu_id).encode(),
        b'{"pdu_id": "%s", "polled_at": "2025-03-03T07:00:00Z", "energy_wh": [1, 2]}' % future.encode(),
    ]


async def test_poisoned_polls_are_quarantined_and_the_partition_goes_on(
    house: House, kafka: str, engines: Stack
) -> None:
    pdu_id, future = house.pdus["PDU-A"], str(uuid4())
    await house.send(house.steady("PDU-A", 2, 0, 1))
    for body in poisons(pdu_id, future):
        await put(kafka, house, pdu_id, body)
    await put(kafka, house, pdu_id, b"{}", ce_organizationid="nobody")
    await house.send(house.steady("PDU-A", 2, 2, 3))
    admin = await asyncpg.connect(engines.database_url("metering", "superuser"))
    mine = "from dead_letters where key = $1 and state = 'open'"
    errors = [row[0] for row in await admin.fetch(f"select error {mine} order by position", str(pdu_id))]
    assert [error.split(":")[0] for error in errors] == [
        "DecodeError", "BadPoll", "ValidationError", "BadPoll", "ValidationError",
    ]  # fmt: skip
    assert "is not known" in errors[3]
    count = "select count(*) from polls where organization_id = $1"
    assert await admin.fetchval(count, house.organization_id) == 6

    await admin.execute(
        "insert into pdus select organization_id, $1, site_id, 'PDU-late', model, outlet_count, tick_kwh, modulus_kwh"
        " from pdus where pdu_id = $2",
        future,
        pdu_id,
    )
    replayed = await _replay(engines, str(pdu_id))
    assert "0 replayed" in replayed
    await admin.execute(
        f"update dead_letters set state = 'dropped' where id in (select id {mine}) and error not like '%is not known%'",
        str(pdu_id),
    )
    assert "1 replayed, 0 still open" in await _replay(engines, str(pdu_id))
    assert await admin.fetchval(count, house.organization_id) == 7
    await admin.close()


async def _replay(engines: Stack, key: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "metering.main", "dead-letters", "replay", key,
        env={**os.environ, **engines.service_environment("metering")}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return out.decode()
