"""The composition of the metering service: the only place that reads settings and wires parts."""

from common.db import Database
from common.service import Parts, Service
from events.metering import (
    ChannelOpened,
    HashpricePublished,
    MeterReadingRecorded,
    TelemetryRecorded,
    UnitStateChanged,
    UsageDayClosed,
    UsageMeasured,
)
from metering.api import channels, hashprice, pdus, readings, telemetry, usage
from metering.api import settings as metering_settings
from metering.consumers import contract_events, organization_events
from metering.consumers.recorded_polls import RecordedPolls
from metering.consumers.recorded_telemetry import RecordedTelemetry
from metering.gateways.event_log import EventLog
from metering.settings import Settings
from metering.store.tables import metadata
from metering.use_cases.close_day import CLOSE_DAY, close_day
from metering.use_cases.mark_days import REDERIVE
from metering.use_cases.rederive import rederive

recorded_polls = RecordedPolls()
recorded_telemetry = RecordedTelemetry()


def build(settings: Settings, database: Database) -> Parts:
    """The log that evidence goes to, and the database that its consumers write."""
    recorded_polls.bind(database)
    recorded_telemetry.bind(database)
    log = EventLog(
        settings.kafka_bootstrap,
        deadline_s=settings.publish_deadline_s,
        waiting_bytes=settings.publish_waiting_bytes,
    )
    return Parts(state={"event_log": log}, closing=[log.close])


service = Service(
    name="metering",
    metadata=metadata,
    settings=Settings,
    routers=[
        pdus.router,
        channels.router,
        readings.router,
        telemetry.router,
        hashprice.router,
        metering_settings.router,
        usage.router,
    ],
    consumers=[
        contract_events.router,
        organization_events.router,
        recorded_polls.router,
        recorded_telemetry.router,
    ],
    publishes=[
        ChannelOpened,
        MeterReadingRecorded,
        TelemetryRecorded,
        UnitStateChanged,
        HashpricePublished,
        UsageMeasured,
        UsageDayClosed,
    ],
    jobs={CLOSE_DAY: close_day, REDERIVE: rederive},
    build=build,
)


def cli() -> None:
    """Entry point: `metering api|consumer|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
