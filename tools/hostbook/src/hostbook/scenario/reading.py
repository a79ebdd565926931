"""A scenario file as a `Case`, or the refusal that names its first bad field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hostbook.scenario.case import Case
from hostbook.scenario.fields import Fields, Literal, each, text, words
from hostbook.scenario.read_contracts import contracts_of
from hostbook.scenario.read_evidence import channels_of, hashprice_of, reads_of, telemetry_of
from hostbook.scenario.read_organization import customers_of, organization_of
from hostbook.scenario.read_records import charges_of, pool_of, steps_of
from hostbook.scenario.read_units import units_of
from hostbook.scenario.refusals import BadScenario


def case_in(path: Path) -> Case:
    """The file at the path."""
    return case_of(document_in(path))


def document_in(path: Path) -> dict[str, Any]:
    """The file's JSON object; numbers with a point stay as written."""
    try:
        value = json.loads(
            path.read_bytes(), parse_float=Literal, parse_constant=_no_constant, object_pairs_hook=_no_twins
        )
    except OSError as error:
        raise BadScenario(f"The file cannot be opened: {error.strerror}.", field="file", remedy="a path") from error
    except (ValueError, RecursionError) as error:
        raise BadScenario(f"The file is not JSON: {error}.", field="file", remedy="a JSON object") from error
    if not isinstance(value, dict):
        raise BadScenario("The file holds no object.", field="file", remedy="a JSON object in braces")
    return value


def _no_constant(word: str) -> object:
    raise BadScenario(f"{word} is not a number (rule 1.1).", field="file", remedy="plain digits")


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadScenario("The field is given twice in one object.", field=twice, remedy="give it once")
    return result


def case_of(document: dict[str, Any]) -> Case:
    """The billing case that a document describes."""
    fields = Fields(document, "")
    name = fields.take("scenario", text, "")
    fields.take("about", words, "")
    fields.take("rules", lambda value, path: each(value, path, words), [])
    organization = fields.take("organization", organization_of)
    customers = fields.take("customers", lambda v, p: customers_of(v, p, organization.settings.currency))
    contracts = contracts_of(fields, organization.settings, {customer.customer_id for customer in customers})
    units = units_of(fields, contracts)
    channels = channels_of(fields, units)
    case = Case(
        name=name,
        organization=organization,
        customers=customers,
        contracts=contracts,
        units=units,
        channels=channels,
        reads=fields.take("reads", lambda v, p: reads_of(v, p, channels), {}),
        telemetry=telemetry_of(fields, units),
        hashprice=hashprice_of(fields),
        charges=charges_of(fields, contracts),
        pool=pool_of(fields, contracts),
        steps=steps_of(fields, channels, organization.settings),
        expect=_expect(fields),
    )
    fields.done()
    return case


def _expect(fields: Fields) -> dict[str, Any] | None:
    value = fields.raw("expect", None)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadScenario("The expected result is not an object.", field="expect", remedy="an object in braces")
    for name, kind in (("invoices", list), ("customers", dict), ("connector_payouts", list)):
        if name in value and not isinstance(value[name], kind):
            raise BadScenario("Wrong kind of value.", field=f"expect.{name}", remedy=f"a {kind.__name__}")
    return value
