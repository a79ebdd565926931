"""Runs the clock driver alone as a process: `python -m support.clock_driver_process DATABASE_URL SETTLE_URL`."""

import asyncio
import sys

from common.db import Database
from identity.gateways.settlements import HttpSettlements
from identity.workflows.test_clock.driver import ClockDriver

if __name__ == "__main__":
    database_url, settle_url = sys.argv[1:]
    driver = ClockDriver(Database(database_url), HttpSettlements({"metering": settle_url}))
    asyncio.run(driver.run())
