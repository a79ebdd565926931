"""A contract's particulars as one JSON document: every field is a value object that checks itself when read back.

The way of charging is never amended, so former terms are of the same kind as those of today.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from contracts.domain.contract import Contract
from contracts.domain.pricing import EnergyTerms, FixedMonthly, InfinityTerms, OmTerms

_CONTRACT = TypeAdapter(Contract)
_PRICING: dict[str, TypeAdapter[Any]] = {
    "energy": TypeAdapter(EnergyTerms),
    "fixed": TypeAdapter(FixedMonthly),
    "infinity": TypeAdapter(InfinityTerms),
    "om": TypeAdapter(OmTerms),
}
_KINDS = {EnergyTerms: "energy", FixedMonthly: "fixed", InfinityTerms: "infinity", OmTerms: "om"}


def document(contract: Contract) -> dict[str, Any]:
    """The contract as JSON; `pricing_kind` says which way of charging it holds."""
    kept: dict[str, Any] = _CONTRACT.dump_python(contract, mode="json")
    return kept | {"pricing_kind": _KINDS[type(contract.pricing)]}


def agreement_of(kept: dict[str, Any]) -> Contract:
    """The contract behind its document."""
    pricing = _PRICING[kept["pricing_kind"]]
    read = {k: v for k, v in kept.items() if k != "pricing_kind"}
    former = [one | {"pricing": pricing.validate_python(one["pricing"])} for one in kept.get("former", ())]
    return _CONTRACT.validate_python(read | {"pricing": pricing.validate_python(kept["pricing"]), "former": former})
