"""Every rule of `make check` is shown to fail on a planted violation: a check that cannot fail protects nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hostbook.checks.__main__ import ROOT, findings

QUOTES = "services/quotes/src/quotes"
DOMAIN, STORE, USE_CASE = (f"{QUOTES}/{layer}/planted.py" for layer in ("domain", "store", "use_cases"))
COMMON = "libs/common/src/common/planted.py"
API = f"{QUOTES}/api/planted.py"
GATEWAY = "from quotes.gateways.mail_out import Post\nfrom common.mail import Mailer\n"

PLANTED = {
    "an address written by hand": (
        "tools/hostbook/src/hostbook/planted.py", "api.post('/v1/sites', {})\n", "call the function of hostbook.client",
    ),
    "a file of 301 lines": (DOMAIN, "x = 1\n" * 301, "the file has 301 lines"),
    "a test file of 401 lines": ("tests/unit/test_planted.py", "x = 1\n" * 401, "the file has 401 lines"),
    "a function of 41 lines": (DOMAIN, "def f():\n" + "    x = 1\n" * 40, "f has 41 lines, at most 40"),
    "seven parameters": (DOMAIN, "def f(a, b, c, d, *, e, g, h): ...\n", "f takes 7 parameters"),
    "plumbing of 2,501 lines": (COMMON, "x = 1\n" * 2501, "libs/common has 2501 lines"),
    "a class that manages": (DOMAIN, "class RateManager: ...\n", "'manager' says nothing"),
    "an argument of data": (DOMAIN, "def f(meter_data): ...\n", "'data' says nothing"),
    "a plural of info": (DOMAIN, "unit_infos = []\n", "'info' says nothing"),
    "a file of utilities": ("services/quotes/src/quotes/domain/date_utils.py", "", "'util' says nothing"),
    "an invoice in the plumbing": (COMMON, "def next_invoice(): ...\n", "no business noun such as 'invoice'"),
    "a float literal in the domain": (DOMAIN, "RATE = 0.07\n", "0.07 is a binary fraction"),
    "a float annotation in the store": (STORE, "def f(rate: float): ...\n", "float loses cents"),
    "a float call in an event": ("libs/events/src/events/planted.py", "x = float('1')\n", "float loses cents"),
    "the wall clock in a use case": (USE_CASE, "at = datetime.now(UTC)\n", "datetime.now(): take `at`"),
    "the calendar of the machine": (USE_CASE, "on = datetime.date.today()\n", "date.today(): take `at`"),
    "a commit in a use case": (USE_CASE, "async def f(tx):\n    await tx.commit()\n", "tx.commit(): the opener"),
    "a transaction of one's own": (USE_CASE, "async def f(e):\n    async with e.engine.begin(): ...\n", "the opener"),
    "mail inside a transaction": (
        USE_CASE,
        GATEWAY + "async def f(database, mailer: Mailer):\n"
        "    async with database.of(1) as tx:\n        await mailer.send(1)\n",
        "await mailer.send() lies between BEGIN and COMMIT",
    ),
    "a gateway in a function that is handed a transaction": (
        USE_CASE, GATEWAY + "async def f(tx, post: Post):\n    await post.send(1)\n", "await post.send() lies between",
    ),
    "a gateway kept by an object": (
        USE_CASE,
        GATEWAY + "class A:\n    def __init__(self, mailer: Mailer):\n        self._out = mailer\n"
        "    async def f(self):\n        async with self._db.transaction(1):\n            await self._out.send(1)\n",
        "await self._out.send() lies",
    ),
    "a producer inside a transaction": (
        USE_CASE,
        "from aiokafka import AIOKafkaProducer as P\nasync def f(tx, log: P):\n    await log.send_and_wait(1)\n",
        "await log.send_and_wait() lies between",
    ),
    "a subscriber of FastStream's": (API, "@broker.subscriber('x')\ndef f(): ...\n", ".subscriber: use EventRouter.on"),
    "a router without permissions": (API, "router = fastapi.APIRouter()\n", "APIRouter(): use common.http.new_router"),
    "a task that nobody holds": (USE_CASE, "asyncio.create_task(f())\n", "create_task(): keep a reference"),
    "a metric without our name": (COMMON, "X = Counter('events_total', '')\n", "metric events_total: hostbook_"),
    "a counter that does not say so": (COMMON, "X = Counter('hostbook_events', '')\n", "counters with _total"),
    "a log key that is withheld": (USE_CASE, "telemetry.log().info('x', email=1)\n", "log key email is not"),
}  # fmt: skip


def plant(root: Path, where: str, text: str) -> None:
    path = root / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("where", "text", "said"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_found_and_nothing_else(where: str, text: str, said: str, tmp_path: Path) -> None:
    plant(tmp_path, where, text)
    (found,) = [f for f in findings(tmp_path) if "lines, at most 300; split" not in str(f) or "301" in said]
    assert said in found.message
    assert found.where == where


def test_a_route_without_permission_is_found(tmp_path: Path) -> None:
    paths = {"/v1/x": {"get": {"x-permission": "x.read"}, "post": {}}}
    plant(tmp_path, "services/quotes/openapi.json", json.dumps({"paths": paths}))
    assert [f.message for f in findings(tmp_path)] == ["POST /v1/x declares no x-permission"]


def test_what_is_right_is_not_found(tmp_path: Path) -> None:
    fine = GATEWAY + (
        "async def f(database, mailer: Mailer, metadata, *, at):\n    async with database.of(1) as tx:\n"
        "        await tx.execute(1)\n    await mailer.send(1)\n    task = asyncio.create_task(f())\n"
    )
    plant(tmp_path, USE_CASE, fine)
    plant(tmp_path, "services/quotes/src/quotes/store/migrations/versions/planted.py", "x = 1\n" * 999)
    plant(tmp_path, "tests/unit/test_planted.py", "def test_the_data_of_a_manager_survive(): ...\n")
    assert findings(tmp_path) == []


STYLE = {
    "TID251": "from unittest.mock import Mock\n",
    "DTZ001": "import datetime\nx = datetime.datetime(2025, 1, 1)\n",
    "TID252": "from . import y\n",
    "T201": "print(1)\n",
    "RUF006": "import asyncio\n\n\nasync def f() -> None:\n    asyncio.create_task(f())\n",
    "ASYNC251": "import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n",
    "C901": "def f(a: int) -> None:\n" + "    if a:\n        a = 1\n" * 9,
    "F401": "import json\n",
}


@pytest.mark.parametrize(("rule", "text"), STYLE.items(), ids=STYLE)
def test_ruff_refuses_what_the_project_forbids(rule: str, text: str) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--stdin-filename", API, "--output-format", "concise", "-"]
    said = subprocess.run(ruff, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
    assert said.returncode == 1
    assert rule in said.stdout


def test_mypy_refuses_a_function_without_types(tmp_path: Path) -> None:
    plant(tmp_path, "planted.py", "def f(a):\n    return a\n")
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path)]
    said = subprocess.run([*mypy, str(tmp_path / "planted.py")], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "no-untyped-def" in said.stdout


IMPORTS = {
    "quotes.use_cases.planted -> payments.domain": "Services meet through events",
    "quotes.domain.planted -> quotes.store": "Inside a service imports point towards the domain",
    "quotes.api.planted -> quotes.consumers": "Inside a service imports point towards the domain",
    "quotes.use_cases.planted -> quotes.workflows": "Inside a service imports point towards the domain",
    "common.planted -> payments.domain": "Libraries know no service",
    "events.planted -> sqlalchemy": "Wire schemas rest on pydantic alone",
    "payments.domain.planted -> asyncio": "Domain rules do no I/O",
    "payments.domain.planted -> events": "Domain rules do no I/O",
    "metering.domain.planted -> common.outbox": "Of common, the domain imports",
    "payments.workflows.autopay.workflow -> sqlalchemy": "Workflow definitions are deterministic",
    "revenueguard.workflows.delinquency.workflow -> revenueguard.store": "Workflow definitions are deterministic",
    "payments.use_cases.planted -> stripe": "A vendor's library is imported by its one gateway",
    "metering.use_cases.planted -> aiokafka": "Kafka is spoken by",
    "contracts.store.planted -> contracts.settings": "Only main reads settings",
    "identity.consumers.planted -> identity.gateways": "Consumers reach the outside only",
    "hostbook.planted -> invoicing.store": "The command line takes nothing of a service but its domain",
    "quotes.helpers -> json": "Inside a service imports point towards the domain",
}


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the project without a line of code in it but the imports that are allowed by name."""
    root = tmp_path_factory.mktemp("skeleton")
    for part in ("libs", "services", "tools"):
        for source in ROOT.glob(f"{part}/*/src"):
            for path in source.rglob("*.py"):
                plant(root, str(path.relative_to(source)), "")
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    for allowed in {name for rule in rules for name in rule.get("ignore_imports", ())}:
        append_import(root, *allowed.replace("*", "quotes").split(" -> "))
    return root


def append_import(root: Path, importer: str, imported: str) -> None:
    path = root / f"{importer.replace('.', '/')}.py"
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}import {imported}\n")


def lint_imports(root: Path) -> str:
    script = str(Path(sys.executable).with_name("lint-imports"))
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    said = subprocess.run(
        [script, "--no-cache", str(ROOT / "pyproject.toml")],
        capture_output=True, text=True, cwd=root, env=environment, check=False,
    )  # fmt: skip
    return said.stdout + said.stderr


def test_the_import_rules_hold_for_an_empty_tree_and_each_breaks_on_its_planted_import(skeleton: Path) -> None:
    assert " 0 broken" in lint_imports(skeleton)
    for planted in IMPORTS:
        append_import(skeleton, *planted.split(" -> "))
    said = lint_imports(skeleton)
    for planted, rule in IMPORTS.items():
        assert any(rule in line and "BROKEN" in line for line in said.splitlines()), (rule, said)
        if planted != "quotes.helpers -> json":
            assert planted in said
    assert "quotes.helpers" in said
