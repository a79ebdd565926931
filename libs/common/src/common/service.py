"""A service as a process: roles `api | consumer | worker | relay | migrate | all`, started and stopped in order."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url

from common import deadletters, migrations, organizations, telemetry, temporal
from common.app import attach, create_app
from common.consuming import EventRouter
from common.db import Database
from common.kafka import Consumer, ensure_topics
from common.outbox import Relay
from common.settings import ServiceSettings
from common.wakeups import Dispatcher, Job
from events import asyncapi
from events.audit import ChangeRecorded
from events.catalog import EVENTS, TOPICS
from events.envelope import Event
from events.specs import text_of

ROLES = ("api", "consumer", "worker", "relay", "all")


class _Server(uvicorn.Server):
    """Stops on a signal without raising it again: what was started beside it must be closed in order first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


@dataclass
class Parts:
    """What a service's `main` builds: state for its routes, activities, loops (begun again when they break off)."""

    state: Mapping[str, Any] = field(default_factory=dict)
    activities: Sequence[Callable[..., Any]] = ()
    loops: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    closing: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()


@dataclass
class Service:
    """The declaration of a service; `build` is called once with settings and database when a process starts."""

    name: str
    metadata: MetaData
    settings: type[ServiceSettings]
    routers: Sequence[APIRouter]
    consumers: Sequence[EventRouter] = ()
    publishes: Sequence[type[Event]] = ()
    workflows: Sequence[type] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    build: Callable[[Any, Database], Parts] = lambda _settings, _database: Parts()

    def events_in(self) -> EventRouter:
        """All handlers of the service, the shared copy of organizations included."""
        router = EventRouter()
        for one in (organizations.router, *self.consumers):
            router.include(one)
        return router

    def app(self) -> FastAPI:
        """The application with its routes and nothing behind them, for specifications."""
        return create_app(self.name, self.routers)

    def specs(self) -> dict[str, str]:
        """Its OpenAPI and AsyncAPI documents, by file name."""
        router, sends = self.events_in(), sorted(self.publishes, key=lambda e: e.KIND.type)
        if any("audited" in table.info for table in self.metadata.tables.values()):
            sends.append(ChangeRecorded)
        receives = [EVENTS[kind] for kind in sorted(router.handlers)]
        receives += [event for event in EVENTS.values() if event.KIND.topic in router.raw]
        made = {"openapi": self.app().openapi(), "asyncapi": asyncapi.document(self.name, receives, sends)}
        return {f"{name}.json": text_of(document) for name, document in made.items()}

    def cli(self) -> None:
        """The command line of a service: a role, or `migrate`, `revision MESSAGE`, `specs DIR`, `dead-letters ...`."""
        role, rest = (sys.argv[1:2] or ["all"])[0], sys.argv[2:]
        if role == "specs":
            for file, text in self.specs().items():
                (Path(rest[0]) / file).write_text(text, encoding="utf-8")
        elif role in ROLES:
            uvloop.run(run(self, role))
        elif role in ("migrate", "revision", "drift", "dead-letters"):
            asyncio.run(_administer(self, role, rest))
        else:
            known = ", ".join((*ROLES, "migrate", "specs", "dead-letters"))
            sys.exit(f"{role!r} is no role of {self.name}: one of {known}")


async def migrate(service: Service, settings: ServiceSettings) -> None:
    """Bring the service's database to its newest schema."""
    role = make_url(settings.database_url).username or ""
    await migrations.upgrade(settings.migrate_database_url, service.name, service.metadata, role)


async def _administer(service: Service, what: str, rest: list[str]) -> None:
    settings = service.settings()
    if what == "migrate":
        await migrate(service, settings)
    elif what == "revision":
        await migrations.revision(settings.migrate_database_url, service.name, service.metadata, " ".join(rest))
    elif what == "drift":
        found = await migrations.drift(settings.migrate_database_url, service.metadata)
        sys.exit("\n".join(map(str, found)) or 0)
    else:
        database = Database(settings.database_url)
        service.build(settings, database)
        sys.stdout.write(await deadletters.command(database, service.events_in(), rest) + "\n")
        await database.close()


async def run(service: Service, role: str) -> None:
    """Run one role until SIGTERM: accept nothing new, finish what is under way, then close."""
    telemetry.set_up(service.name)
    settings = service.settings()
    if role == "all" and settings.migrate_database_url:
        await migrate(service, settings)
    wide = {"partitions": settings.kafka_partitions, "replicas": settings.kafka_replicas}
    await _patiently("kafka", lambda: ensure_topics(settings.kafka_bootstrap, TOPICS, **wide))
    database = Database(settings.database_url)
    parts = service.build(settings, database)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        for close in parts.closing:
            stack.push_async_callback(close)
        consumer = Consumer(service.name, database, settings.kafka_bootstrap, service.events_in())
        dispatcher = await _background(service, settings, database, parts, role, stack)
        if role in ("consumer", "all"):
            await consumer.start()
            stack.push_async_callback(consumer.stop)
        app = service.app() if role in ("api", "all") else create_app(service.name, [])
        attach(app, service.name, database, consumer if role in ("consumer", "all") else None, dispatcher)
        app.state.public_key = settings.token_public_key
        for name, value in parts.state.items():
            setattr(app.state, name, value)
        config = uvicorn.Config(
            app, host=settings.host, port=settings.port, log_config=None, access_log=False, lifespan="off",
            timeout_graceful_shutdown=10, timeout_keep_alive=120,  # longer than the gateway keeps its connections
        )  # fmt: skip
        telemetry.log().info("ready", role=role, port=settings.port)
        await _Server(config).serve()


async def _patiently(part: str, attempt: Callable[[], Awaitable[Any]]) -> Any:
    """The answer of a part of the stack that may still be starting."""
    while True:
        try:
            return await attempt()
        except Exception as error:
            telemetry.log().warning("waiting", reason=part, error_type=type(error).__name__)
            await asyncio.sleep(0.5)


async def _background(
    service: Service, settings: ServiceSettings, database: Database, parts: Parts, role: str,
    stack: contextlib.AsyncExitStack,
) -> Dispatcher | None:  # fmt: skip
    """Relay, dispatcher, worker and the service's own loops, as far as the role has them."""
    client = None
    if service.workflows and role in ("worker", "relay", "all"):
        at = (settings.temporal_address, settings.temporal_namespace, settings.payload_key)
        client = await _patiently("temporal", lambda: temporal.connect(*at))
    dispatcher = Dispatcher(service.name, database, client, service.jobs)
    if role in ("worker", "all") and client is not None:
        worker = temporal.new_worker(client, service.name, database, service.workflows, parts.activities)
        await stack.enter_async_context(worker)
    if role in ("relay", "all"):
        relay = Relay(service.name, database.url, settings.kafka_bootstrap)
        for loop in (relay.run, dispatcher.run, *parts.loops):
            await stack.enter_async_context(running(loop))
        return dispatcher
    return None


@contextlib.asynccontextmanager
async def running(loop: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """A loop runs beside the block, is begun again whenever it breaks off, and ends with the block."""

    async def again_and_again() -> None:
        while True:
            try:
                await loop()
            except Exception as error:
                about = {"error_type": type(error).__name__, "reason": str(error)[:200]}
                telemetry.log().warning("interrupted", type=loop.__qualname__, **about)
            await asyncio.sleep(0.5)

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
