"""The composition of the metering service: the only place that reads settings and wires parts."""

import argparse
import asyncio
import sys
from datetime import date
from uuid import UUID

from common.db import Database
from common.organizations import business_now
from common.service import Parts, Service
from events.metering import (
    AlertCleared,
    AlertRaised,
    ChannelOpened,
    HashpricePublished,
    MeterReadingRecorded,
    SiteFeedResumed,
    SiteFeedStopped,
    TelemetryRecorded,
    UnitStateChanged,
    UsageDayClosed,
    UsageMeasured,
)
from metering.api import (
    alerts,
    channels,
    collector,
    evidence,
    hashprice,
    hashprice_import,
    load_profiles,
    moves,
    outlets,
    pdus,
    price_sources,
    readings,
    rederivations,
    site_power,
    telemetry,
    usage,
    usage_csv,
)
from metering.api import settings as metering_settings
from metering.api.admission import Admission
from metering.consumers import contract_events, customer_events, organization_events
from metering.consumers.recorded_polls import RecordedPolls
from metering.consumers.recorded_telemetry import RecordedTelemetry
from metering.gateways.event_log import EventLog
from metering.gateways.price_feed import JsonAddress
from metering.settings import Settings
from metering.store.tables import metadata
from metering.use_cases.close_day import CLOSE_DAY, close_day
from metering.use_cases.close_history import CLOSE_HISTORY, close_history
from metering.use_cases.mark_days import REDERIVE
from metering.use_cases.order_rederivation import REDERIVE_SPAN, order_rederivation, rederive_span
from metering.use_cases.price_fetcher import PriceFetcher
from metering.use_cases.price_sources import INTEND_FETCH, intend_fetch
from metering.use_cases.rederive import rederive
from metering.use_cases.retire_evidence import EMPTY, PACK, RETIRE, empty_evidence, pack_evidence, retire_evidence
from metering.use_cases.watch import watch
from metering.use_cases.watch_pdus import WATCH

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
        most_behind=settings.publish_most_behind,
    )
    allow_private = settings.allow_private_addresses
    fetcher = PriceFetcher(database, JsonAddress(allow_private=allow_private))
    state = {"event_log": log, "admission": Admission(settings.in_hand_bytes), "allow_private_addresses": allow_private}
    return Parts(state=state, loops=[fetcher.run], closing=[log.close])


service = Service(
    name="metering",
    metadata=metadata,
    settings=Settings,
    routers=[
        pdus.router,
        outlets.router,
        moves.router,
        channels.router,
        readings.router,
        telemetry.router,
        hashprice.router,
        hashprice_import.router,
        price_sources.router,
        collector.router,
        metering_settings.router,
        usage.router,
        usage_csv.router,
        load_profiles.router,
        site_power.router,
        evidence.router,
        alerts.router,
        rederivations.router,
    ],
    consumers=[
        contract_events.router,
        customer_events.router,
        organization_events.router,
        recorded_polls.router,
        recorded_telemetry.router,
    ],
    publishes=[
        AlertRaised,
        AlertCleared,
        SiteFeedStopped,
        SiteFeedResumed,
        ChannelOpened,
        MeterReadingRecorded,
        TelemetryRecorded,
        UnitStateChanged,
        HashpricePublished,
        UsageMeasured,
        UsageDayClosed,
    ],
    jobs={
        CLOSE_DAY: close_day,
        CLOSE_HISTORY: close_history,
        REDERIVE: rederive,
        REDERIVE_SPAN: rederive_span,
        WATCH: watch,
        INTEND_FETCH: intend_fetch,
        RETIRE: retire_evidence,
        PACK: pack_evidence,
        EMPTY: empty_evidence,
    },
    build=build,
)


async def _rederive(words: list[str]) -> str:
    """`rederive --organization ID --from DAY --to DAY [--unit ID]`, for an operator at the machine."""
    parser = argparse.ArgumentParser(prog="metering rederive")
    parser.add_argument("--organization", type=UUID, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--unit", type=UUID)
    asked = parser.parse_args(words)
    database = Database(Settings().database_url)
    try:
        async with database.of(asked.organization) as tx:
            at = await business_now(tx, asked.organization)
            days = (asked.first, asked.last)
            order = await order_rederivation(tx, asked.organization, days, asked.unit, at=at)
    finally:
        await database.close()
    return (
        f"{order.unit_count} units will be derived again from {order.from_on} to {order.to_on}; "
        f"what changed: GET /v1/rederivations/{order.rederivation_id}/changes\n"
    )


def cli() -> None:
    """Entry point: `metering api|consumer|relay|migrate|all`, or `rederive --organization ID --from DAY --to DAY`."""
    if sys.argv[1:2] == ["rederive"]:
        sys.stdout.write(asyncio.run(_rederive(sys.argv[2:])))
    else:
        service.cli()


if __name__ == "__main__":
    cli()
