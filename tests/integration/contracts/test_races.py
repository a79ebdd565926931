"""Many at once: numbers without a gap, one contract per unit at an instant, whoever writes (CB-41, rule 4.5)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from support.contracting_host import ContractingHost, open_host
from support.one_service import OneService


async def test_fifty_activations_at_once_get_fifty_numbers_without_a_gap(service: OneService) -> None:
    host = await open_host(service)
    fields = {"model": "S21", "site_id": host.site_id, "rated_w": "3500", "rated_ths": "200"}
    batch = [fields | {"name": f"M-{n}", "customer_id": str(host.customer_id)} for n in range(52)]
    unit_ids = [u["id"] for u in (await host.post("/v1/units/batch", {"units": batch}))["added"]]
    drafts = [await host.draft(unit_id, billing_methods=["hash"]) for unit_id in unit_ids[:50]]
    broken = [await host.draft(), await host.draft()]  # without units: refused, and no number is lost to them
    answers = await asyncio.gather(
        *(host.http.post(f"/v1/contracts/{d['id']}/activate", json={}) for d in [broken[0], *drafts, broken[1]])
    )
    assert sorted(a.status_code for a in answers) == [200] * 50 + [422] * 2
    numbers = sorted(a.json()["number"] for a in answers if a.status_code == 200)
    assert numbers == [f"C-{n:06d}" for n in range(1, 51)]
    await host.http.aclose()


async def test_of_two_that_activate_one_draft_at_once_one_wins(host: ContractingHost) -> None:
    draft = await host.draft(await host.unit())
    answers = await asyncio.gather(
        *(host.http.post(f"/v1/contracts/{draft['id']}/activate", json={}) for _ in range(5))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409]


async def test_of_many_that_take_one_unit_at_once_one_wins(host: ContractingHost) -> None:
    unit_id = await host.unit()
    actives = [await host.active(await host.unit()) for _ in range(4)]
    answers = await asyncio.gather(
        *(
            host.http.post(
                "/v1/assignments",
                json={"contract_id": a["id"], "unit_id": unit_id, "from_at": f"2025-03-{day:02d}T00:00:00Z"},
            )
            for a, day in zip(actives, (20, 18, 16, 14), strict=True)
        )
    )
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]


async def test_of_two_drafts_that_reserve_one_unit_at_once_one_wins(host: ContractingHost) -> None:
    unit_id = await host.unit()
    drafts = [await host.draft() for _ in range(3)]
    answers = await asyncio.gather(
        *(
            host.http.put(
                f"/v1/contracts/{d['id']}/units",
                json={"unit_ids": [unit_id]},
                headers={"If-Match": f'"{d["version"]}"'},
            )
            for d in drafts
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409]


async def test_the_database_refuses_overlapping_assignments_also_of_writers_that_ask_nobody(
    host: ContractingHost,
) -> None:
    unit_id = uuid4()
    insert = (
        "insert into assignments"
        " (organization_id, assignment_id, unit_id, contract_id, customer_id, from_at, counts_to_at)"
        " values ($1, $2, $3, $4, $5, $6::text::timestamptz, $7::text::timestamptz)"
    )

    async def write(from_at: str, to_at: str | None) -> str:
        connection = await asyncpg.connect(host.service.database_url)
        try:
            await connection.execute("select set_config('app.organization_id', $1, false)", str(host.id))
            await connection.execute(insert, host.id, uuid4(), unit_id, uuid4(), host.customer_id, from_at, to_at)
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):  # two may wait for each other
            return "refused"
        else:
            return "written"
        finally:
            await connection.close()

    starts = (f"2025-03-{day:02d}T{hour:02d}:00Z" for day in range(1, 26) for hour in (0, 12))
    at_once = await asyncio.gather(*(write(start, "2025-04-01T00:00Z") for start in starts))
    assert sorted(at_once) == ["refused"] * 49 + ["written"]
    assert await write("2025-04-01T00:00Z", None) == "written"  # edges touch
    assert await write("2030-01-01T00:00Z", "2031-01-01T00:00Z") == "refused"


async def test_of_two_swaps_of_one_machine_at_once_one_wins(host: ContractingHost) -> None:
    await host.active(old := await host.unit())
    (held,) = (await host.read("/v1/assignments", unit_id=old))["items"]
    spares = [await host.unit() for _ in range(4)]
    path, at = f"/v1/assignments/{held['id']}/swap", {"at": "2025-03-12T00:00:00Z", "reason": "RMA"}
    answers = await asyncio.gather(*(host.http.post(path, json=at | {"unit_id": spare}) for spare in spares))
    assert sorted(a.status_code for a in answers) == [201, 422, 422, 422]
    states = [(await host.read(f"/v1/units/{spare}"))["state"] for spare in spares]
    assert sorted(states) == ["staged", "staged", "staged", "unassigned"]  # it begins to count on the twelfth


async def test_amendments_and_an_end_at_once_each_build_on_the_last(host: ContractingHost) -> None:
    """Amendment against amendment against activation: every one is in, or refused; none is lost."""
    draft = await host.draft(await host.unit(), term="1_year")
    path = f"/v1/contracts/{draft['id']}"
    rates = [
        ("amend", {"effective_at": f"2025-{month:02d}-01T05:00:00Z", "rate_per_kwh": f"0.1{month:02d}"})
        for month in range(5, 11)
    ]
    calls = [("activate", {}), *rates, ("end", {"end_on": "2025-12-31", "reason": "sold"})]
    answers = await asyncio.gather(*(host.http.post(f"{path}/{move}", json=body) for move, body in calls))
    done = [a for a in answers if a.status_code == 200]
    assert {a.status_code for a in answers} <= {200, 409, 412}
    after = await host.read(path)
    assert after["version"] == draft["version"] + len(done)
    versions = (await host.read(f"{path}/versions"))["items"]
    assert versions[0]["change"] == "activated"
    assert len(versions) == len(done)
    amended = sum(v["change"] == "amended" for v in versions)
    assert len(after["terms"]["rates"]) == 1 + amended


async def test_of_two_changes_from_one_version_one_wins(host: ContractingHost) -> None:
    draft = await host.draft()
    answers = await asyncio.gather(
        *(
            host.http.put(
                f"/v1/contracts/{draft['id']}", json=host.fields(), headers={"If-Match": f'"{draft["version"]}"'}
            )
            for _ in range(4)
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize("key", ["one-key"])
async def test_one_key_at_once_makes_one_contract(host: ContractingHost, key: str) -> None:
    body = host.fields(reference="at once")
    answers = await asyncio.gather(
        *(host.http.post("/v1/contracts", json=body, headers={"Idempotency-Key": key}) for _ in range(5))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
