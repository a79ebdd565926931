"""The recorded month through the services comes to what the scenario command makes of the same records."""

from __future__ import annotations

from rich.console import Console

from hostbook.demo import evidence, setup
from hostbook.demo.api import Api
from hostbook.demo.clock import advance, wait_settled
from hostbook.demo.stages import Stages
from hostbook.demo.story import BILLED_AT
from support.facts import assert_same_invoices, priced
from support.recorded_scenario import AMARILLO, Excerpt, scenario_of
from support.world import PATIENCE_S

# One that changes hands, two behind a PDU that is replaced, and two of each other customer.
UNITS = (
    "PDU-A-M01", "PDU-A-M04", "PDU-B-M01", "PDU-B-M02", "PDU-C-M01", "PDU-C-M24", "PDU-D-M01", "PDU-D-M24",
)  # fmt: skip


def test_an_excerpt_of_the_recorded_month_is_billed_alike_by_services_and_scenario(platform: Api) -> None:
    month, stages = Excerpt(AMARILLO, UNITS), Stages(Console(quiet=True))
    with Api(platform.url, platform.key) as api:
        world = setup.open_organization(api, month.site)
        setup.add_customers(api, world, month.site)
        setup.add_units(api, world, month.site)
        setup.add_meters(api, world, month.site)
        setup.sign_contracts(api, world, month.site)
        evidence.add_hashprice(api, month.site)
        assert evidence.send_polls(api, world, month, stages) == 36_050
        evidence.send_scans(api, world, month, stages)
        wait_settled(api, world.id, timeout_s=PATIENCE_S)
        advance(api, world.id, BILLED_AT, timeout_s=PATIENCE_S)
        invoices = list(api.all("/v1/invoices"))
    names = {**world.customers, **world.units, **world.contracts}
    expected = priced(scenario_of(month), "2025-03")
    assert len(expected) == 4
    assert_same_invoices(expected, invoices, {one: name for name, one in names.items()})
