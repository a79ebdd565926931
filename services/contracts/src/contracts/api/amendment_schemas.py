"""What an amendment may say: every term but those that make it another contract (rules 4.6, 5)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from common.http import Body
from common.listing import Instant
from contracts.api.contract_schemas import (
    ClauseIn,
    ConnectorFeeIn,
    DecimalIn,
    EscalatorIn,
    ExitFeeIn,
    Extras,
    FailoverIn,
    IndexIn,
    SiteFeeIn,
    SpecIn,
)
from contracts.api.texts import Remark
from contracts.domain.pricing import Method
from contracts.domain.renewal import RenewsBy

EndedTerm = Literal[
    "failover", "power_cap_kw", "cap_overage_rate", "efficiency_jth", "exit_fee", "issuing_entity",
    "market_price", "demand", "commitment", "utility_loss", "curtailment", "uptime",
]  # fmt: skip


class AmendmentIn(Body):
    """What changes from an instant on; what is left out stays, what `drops` names ends. The past stays as it was.

    Type, plan, currency, start and the way of charging (methods, a fixed amount, a spec, sites) are never amended.
    """

    effective_at: Instant
    rate_per_kwh: DecimalIn | None = None
    escalators: list[EscalatorIn] | None = Field(None, max_length=20, description="In addition to those agreed.")
    index_escalators: list[IndexIn] | None = Field(None, max_length=5, description="Likewise.")
    billing_methods: list[Method] | None = Field(None, min_length=1, max_length=3)
    failover: FailoverIn | None = None
    power_cap_kw: DecimalIn | None = None
    cap_overage_rate: DecimalIn | None = None
    efficiency_jth: DecimalIn | None = None
    fixed_monthly_per_unit: DecimalIn | None = None
    spec: SpecIn | None = None
    quantity: int | None = None
    connector_fee: ConnectorFeeIn | None = None
    wallet: str | None = Field(None, max_length=120)
    extras: Extras | None = Field(None, description="Each in place of the one of its kind.")
    exit_fee: ExitFeeIn | None = None
    drops: list[EndedTerm] | None = Field(None, max_length=12, description="Terms that end.")
    auto_renew: bool | None = None
    renews_by: RenewsBy | None = None
    notice_days: int | None = None
    max_extensions: int | None = None
    sites: list[SiteFeeIn] | None = Field(None, description="All sites of an O&M contract, with their days.")
    clauses: list[ClauseIn] | None = Field(None, max_length=50, description="All clauses, as they read from then on.")
    issuing_entity_id: UUID | None = Field(
        None, description="Whom the next invoices come from, those made already not."
    )
    reason: Remark = ""
