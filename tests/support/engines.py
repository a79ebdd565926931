"""Fixtures for the real engines: started once per session, only those that the selected tests ask for."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from hostbook.engines.layout import ROOT
from hostbook.engines.orphans import end_all
from hostbook.engines.part import ENGINES
from hostbook.engines.postgres import run_sql
from hostbook.engines.roles import provision_script
from hostbook.engines.stack import Stack


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One fresh database and how each role reaches it (`postgresql://...`)."""

    name: str
    app: str
    owner: str
    superuser: str


class Databases:
    """Makes databases with a service's two roles; a template migrated once is cloned in a tenth of a second."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._templates: dict[str, str] = {}

    def new(self, service: str, template: str = "template1") -> DatabaseUrls:
        name = f"{service}_{secrets.token_hex(4)}"
        setting = self._stack.setting
        run_sql(setting, provision_script(service, name, setting.keys.password, template))
        urls = {role: self._stack.database_url(service, role, name) for role in ("app", "owner", "superuser")}
        return DatabaseUrls(name, **urls)

    def migrated(self, service: str, migrate: Callable[[DatabaseUrls], None]) -> DatabaseUrls:
        """A clone of the service's migrated database; `migrate` runs once and must leave no connection open."""
        if service not in self._templates:
            template = self.new(service)
            migrate(template)
            self._templates[service] = template.name
        return self.new(service, self._templates[service])


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """PostgreSQL, Kafka and Temporal, as far as the selected tests name their fixtures, all started at once."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    chosen = [name for name in ENGINES if name in wanted] or list(ENGINES)
    with session_folder() as folder, Stack(folder, parts=chosen, durable=False) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgres(engines: Stack) -> Stack:
    return engines


@pytest.fixture(scope="session")
def kafka(engines: Stack) -> str:
    """Kafka's bootstrap address."""
    return engines.address("kafka")


@pytest.fixture(scope="session")
def temporal(engines: Stack) -> str:
    """Temporal's address; the namespace is "hostbook"."""
    return engines.address("temporal")


@pytest.fixture(scope="session")
def databases(postgres: Stack) -> Databases:
    return Databases(postgres)


@contextmanager
def session_folder() -> Iterator[Path]:
    """A state folder for this process alone; those of test runs that were killed are cleaned up first."""
    parent = ROOT / ".state" / "tests"
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.iterdir():
        owner = old.name.split("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            end_all(old)
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / f"{os.getpid()}-{secrets.token_hex(3)}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
