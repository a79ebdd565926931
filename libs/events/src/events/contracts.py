"""Facts that contracts owns: sites, units, contracts and which unit counts for which contract."""

from typing import Any, Literal
from uuid import UUID

from events.envelope import Event, Kind
from events.types import Currency, Day, DecimalText, ExactText, Instant, Part


class Failover(Part):
    """The price where no method has evidence (rule 4.2)."""

    mode: Literal["market_hashprice", "fixed_rate"]
    percent: DecimalText | None = None
    rate_per_kwh: DecimalText | None = None


class MinerSpec(Part):
    """The machine that an infinity contract is priced by."""

    model: str | None = None
    hashrate_ths: DecimalText
    efficiency_jth: DecimalText


class ConnectorFee(Part):
    """Infinity's fee: a percentage of a basis (rule 5)."""

    percent: DecimalText
    basis: Literal["expected_revenue", "pool_revenue", "energy_charge"]


class SiteFee(Part):
    """An O&M site with its monthly fee and, where it differs from the contract's, its own span of days."""

    site_id: str
    name: str
    fee_monthly: DecimalText
    from_on: Day | None = None
    to_on: Day | None = None


class Prepaid(Part):
    """Settings of the 31-day plan (rule 6)."""

    cycle: Literal["fixed_31d", "anchored_month"] = "fixed_31d"
    zero_span: Literal["whole", "beyond_24"] = "whole"
    true_up_beyond_band: bool = False


class RateFrom(Part):
    """A rate per kWh and the instant from which it stands."""

    from_at: Instant
    rate_per_kwh: DecimalText


class _Charges(Part):
    billing_methods: list[Literal["metered", "hash", "calculated"]] = []
    failover: Failover | None = None
    fixed_monthly_per_unit: DecimalText | None = None
    power_cap_kw: DecimalText | None = None
    cap_overage_rate: DecimalText | None = None
    efficiency_jth: DecimalText | None = None
    spec: MinerSpec | None = None
    quantity: int | None = None
    connector_fee: ConnectorFee | None = None
    extras: dict[str, Any] = {}


class TermsUntil(_Charges):
    """What was agreed before an amendment, and the instant until which it holds; rates stand in the terms."""

    until_at: Instant


class Rest(Part):
    """A span in which the contract was suspended; no end, it still is."""

    from_at: Instant
    to_at: Instant | None = None


class ContractTerms(_Charges):
    """Everything that prices a contract, as it stands after an activation or amendment.

    `former` are the terms before each amendment, the oldest first: those of the first `until_at` that lies after an
    instant hold there, after the last one the terms themselves.
    """

    number: str
    customer_id: UUID
    type: Literal["hosted", "lease", "infinity", "om"]
    plan: Literal["usage", "prepaid_31d"] = "usage"
    start_on: Day
    end_on: Day | None
    start_at: Instant
    end_at: Instant | None
    currency: Currency
    timezone: str
    rates: list[RateFrom]
    sites: list[SiteFee] = []
    prepaid: Prepaid | None = None
    former: list[TermsUntil] = []
    rests: list[Rest] = []
    issuing_entity_id: UUID | None = None


class ContractActivated(Event):
    """A contract got its number and counts from its start (CB-40, CB-41)."""

    KIND = Kind("contracts", "contract", "activated", "contract_id")
    contract_id: UUID
    version: int
    terms: ContractTerms


class ContractAmended(Event):
    """Terms changed from an instant on; the whole of them, past rates included. `change` names what was done."""

    KIND = Kind("contracts", "contract", "amended", "contract_id")
    contract_id: UUID
    version: int
    effective_at: Instant
    terms: ContractTerms
    change: str = ""


class ContractEnded(Event):
    """A contract stopped to count; its units are released, leased ones revert to the host (CB-12)."""

    KIND = Kind("contracts", "contract", "ended", "contract_id")
    contract_id: UUID
    version: int
    customer_id: UUID
    end_at: Instant
    reason: str


class ContractNoticeGiven(Event):
    """A party cancelled: the contract ends on a day, or, where the notice came late, after one more term (CB-09)."""

    KIND = Kind("contracts", "contract", "notice_given", "contract_id")
    contract_id: UUID
    version: int
    customer_id: UUID
    given_on: Day
    ends_on: Day | None = None


class ContractReminded(Event):
    """A day that the parties should not miss comes near: the last one for a notice, or the contract's last."""

    KIND = Kind("contracts", "contract", "reminded", "contract_id")
    contract_id: UUID
    customer_id: UUID
    about: Literal["notice_deadline", "end"]
    due_on: Day
    days_before: int


class ContractSuspended(Event):
    """The contract rests: its units must not be energized. Its term runs on, and what they use is billed; whole days
    of rest cost no fixed amount."""

    KIND = Kind("contracts", "contract", "suspended", "contract_id")
    contract_id: UUID
    version: int
    customer_id: UUID
    since_at: Instant
    reason: str
    terms: ContractTerms | None = None


class ContractResumed(Event):
    """A suspended contract goes on."""

    KIND = Kind("contracts", "contract", "resumed", "contract_id")
    contract_id: UUID
    version: int
    customer_id: UUID
    since_at: Instant
    terms: ContractTerms | None = None


class ChargeAgreed(Event):
    """What a contract owes beside its energy, once: a deposit, its return (below zero), the fee of an early end.

    A deposit is money kept for the customer: neither earned nor taxed. The id is the same however often it is told.
    """

    KIND = Kind("contracts", "contract", "charge_agreed", "contract_id")
    charge_id: UUID
    contract_id: UUID
    customer_id: UUID
    charge: Literal["deposit", "deposit_return", "early_termination"]
    charged_on: Day
    description: str
    amount: DecimalText
    currency: Currency


class SiteOpened(Event):
    """A site was added or its description changed."""

    KIND = Kind("contracts", "site", "opened", "site_id")
    site_id: UUID
    version: int
    name: str
    code: str
    timezone: str
    capacity_kw: DecimalText | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


class UnitRegistered(Event):
    """A machine was added or its rating changed, with the rating that is valid from now on."""

    KIND = Kind("contracts", "unit", "registered", "unit_id")
    unit_id: UUID
    version: int
    name: str
    model: str
    site_id: UUID
    rated_w: DecimalText
    rated_ths: DecimalText
    efficiency_jth: DecimalText | None = None
    owner: Literal["host", "customer"]
    rated_from_at: Instant | None = None
    operational_on: Day | None = None


class UnitAssigned(Event):
    """From an instant on, a unit counts for a contract (X1: the reservation became an assignment)."""

    KIND = Kind("contracts", "unit", "assigned", "unit_id")
    assignment_id: UUID
    unit_id: UUID
    contract_id: UUID
    customer_id: UUID
    from_at: Instant
    operational_on: Day | None = None


class UnitReleased(Event):
    """From an instant on, a unit no longer counts for a contract.

    At a swap or a hand-over: what splits the energy there, and how the register of the outlet that then fed the unit
    stood at that very instant, where somebody looked.
    """

    KIND = Kind("contracts", "unit", "released", "unit_id")
    assignment_id: UUID
    unit_id: UUID
    contract_id: UUID
    to_at: Instant
    split_by: Literal["reading", "metered", "hash", "calculated", "days"] | None = None
    register_kwh: ExactText | None = None
