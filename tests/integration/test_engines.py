"""The local engines as processes: what is written survives, what is stopped is gone, what dies comes back."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from temporalio.client import Client

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.orphans import processes_of
from hostbook.engines.ports import Ports, is_free
from hostbook.engines.stack import Stack

ENGINES = ("postgres", "kafka", "temporal")
TOPIC, WORKFLOW = "engines.test", "engines-test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a state folder") / "with ünusual #name; 100%"


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    with Stack(folder, parts=ENGINES) as stack:
        yield stack


@pytest.fixture(scope="module")
async def written(stack: Stack) -> None:
    """One row, one message and one workflow that waits for a worker."""
    connection = await asyncpg.connect(stack.database_url("quotes", "owner"))
    await connection.execute("create table kept (word text); insert into kept values ('still here')")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.address("kafka"))
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=stack.address("kafka"), acks="all")
    await producer.start()
    await producer.send_and_wait(TOPIC, b"still here")
    await producer.stop()
    client = await Client.connect(stack.address("temporal"), namespace="hostbook")
    await client.start_workflow("Waits", id=WORKFLOW, task_queue="nobody")


async def assert_all_is_there(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_url("quotes", "app"))
    assert await connection.fetchval("select word from kept") == "still here"
    await connection.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.address("kafka"), auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(TOPIC, 0)])
    assert (await consumer.getone()).value == b"still here"
    await consumer.stop()
    client = await Client.connect(stack.address("temporal"), namespace="hostbook")
    assert (await client.get_workflow_handle(WORKFLOW).describe()).id == WORKFLOW


@pytest.mark.parametrize("name", ENGINES)
async def test_an_engine_that_is_killed_comes_back_with_its_data(stack: Stack, written: None, name: str) -> None:
    before = stack.pid(name)
    stack.kill(name)
    stack.wait_ready(name)
    assert stack.pid(name) != before
    await assert_all_is_there(stack)
    (row,) = [row for row in stack.status() if row.name == name]
    assert row.ready
    assert row.restarts >= 1


async def test_up_repairs_a_stack_whose_supervisor_was_killed(stack: Stack, written: None) -> None:
    orphan = stack.pid("kafka")
    os.kill(stack.pid("supervisord"), signal.SIGKILL)
    assert psutil.pid_exists(orphan)
    addresses = [stack.address(name) for name in ENGINES]
    stack.up()
    assert stack.pid("kafka") != orphan
    assert [stack.address(name) for name in ENGINES] == addresses
    await assert_all_is_there(stack)


async def test_a_second_up_changes_nothing_and_is_quick(stack: Stack) -> None:
    before = {name: stack.pid(name) for name in ENGINES}
    begun = time.monotonic()
    stack.up()
    assert time.monotonic() - begun < 5
    assert {name: stack.pid(name) for name in ENGINES} == before


async def test_down_leaves_no_process_and_up_finds_the_data(stack: Stack, folder: Path, written: None) -> None:
    assert len(processes_of(folder)) > len(ENGINES)
    stack.down()
    assert processes_of(folder) == []
    assert all(is_free(stack.port(name)) for name in ENGINES)
    begun = time.monotonic()
    stack.up()
    assert time.monotonic() - begun < 30
    await assert_all_is_there(stack)


def test_everything_listens_on_the_loopback_address_only(stack: Stack, folder: Path) -> None:
    listening = [
        connection.laddr.ip
        for process in processes_of(folder)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= len(ENGINES)
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_a_service_role_neither_owns_nor_reaches_another_services_database(stack: Stack) -> None:
    foreign = stack.database_url("invoicing", "app", database="quotes")
    refused = subprocess.run([_psql(), foreign, "-c", "select 1"], capture_output=True, text=True, check=False)
    assert "permission denied for database" in refused.stderr


def test_a_port_that_somebody_took_meanwhile_is_chosen_anew(tmp_path: Path) -> None:
    Ports(tmp_path / "ports.json").choose(["one", "two"], {"one": 20_001})
    kept = Ports(tmp_path / "ports.json")
    one, two = kept["one"], kept["two"]
    with socket.create_server(("127.0.0.1", one)):
        kept.choose(["one", "two"], {"one": one})
        assert kept["one"] != one
        assert kept["two"] == two


def test_a_port_set_by_hand_that_is_taken_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("HOSTBOOK_PORT_GATEWAY_ADMIN", str(taken.getsockname()[1]))
        with pytest.raises(EngineTrouble, match=r"HOSTBOOK_PORT_GATEWAY_ADMIN.* is taken"):
            Ports(tmp_path / "ports.json").choose(["gateway-admin"], {})


def test_data_of_another_postgresql_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    (tmp_path / "postgres" / "cluster" / "PG_VERSION").write_text("9")
    with pytest.raises(EngineTrouble, match=r"was made by PostgreSQL 9, but .* is \d\d"):
        Stack(tmp_path, parts=("postgres",)).__enter__()
    assert processes_of(tmp_path) == []


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "temporal").mkdir()
    (tmp_path / "temporal" / "temporal.db").mkdir()
    with pytest.raises(EngineTrouble, match=r"temporal does not become ready(.|\n)*database"):
        Stack(tmp_path, parts=("temporal",)).__enter__()
    assert processes_of(tmp_path) == []


def test_a_stack_of_tests_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a process that its parent died; elsewhere the next run cleans up")
    script = (
        "import os, pathlib, signal, sys; from hostbook.engines.stack import Stack\n"
        "Stack(pathlib.Path(sys.argv[1]), parts=('temporal',), durable=False).up()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(tmp_path) == []


def test_the_command_line_starts_shows_and_stops_chosen_parts(tmp_path: Path) -> None:
    environment = {**os.environ, "HOSTBOOK_STATE": str(tmp_path / "by hand")}

    def hostbook(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hostbook", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    try:
        started = hostbook("up", "temporal")
        assert started.returncode == 0, started.stderr
        assert "ready temporal" in started.stdout
        shown = hostbook("status")
        assert "temporal" in shown.stdout
        assert shown.returncode == 1, "not every part was started"
        assert "nonsense" in hostbook("up", "nonsense").stderr
    finally:
        stopped = hostbook("down")
    assert stopped.returncode == 0
    assert processes_of(tmp_path / "by hand") == []


def _psql() -> str:
    from hostbook.engines.postgres import binaries

    return str(binaries() / "psql")
