"""`hostbook scenario` as a person calls it: words, exit codes, JSON, explanations, written expectations."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hostbook.cli import app
from hostbook.scenario.compare import differences

CASES = Path(__file__).parents[2] / "scenarios"
RUNNER = CliRunner()


def called(*arguments: object) -> Result:
    return RUNNER.invoke(app, ["scenario", *map(str, arguments)])


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "metered-one-port.json"
    path.write_bytes((CASES / path.name).read_bytes())
    return path


def differing(case: Path) -> Path:
    document = json.loads(case.read_text())
    document["expect"]["invoices"][0]["total"] = "1.00"
    case.write_text(json.dumps(document))
    return case


def test_a_case_as_expected_passes(case: Path) -> None:
    result = called(case)
    assert (result.exit_code, result.stdout) == (0, f"PASS {case}\n")


def test_a_difference_is_told_and_exits_1(case: Path) -> None:
    result = called(differing(case))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"FAIL {case}: invoices[0].total: 1.00 expected, ")


def test_an_unreadable_file_exits_2_and_names_the_field(case: Path) -> None:
    case.write_text('{"organization": {"timezone": "UTC"}}')
    result = called(case)
    assert result.exit_code == 2
    assert "organization.billing_day: The field is missing." in result.stderr


def test_a_folder_is_all_its_files_with_a_summary(case: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    result = called(tmp_path)
    assert result.exit_code == 2
    assert result.stdout.endswith("1 passed, 0 failed, 1 not readable\n")


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    assert called(tmp_path).exit_code == 2


def test_json_has_the_shape_of_expect(case: Path) -> None:
    result = called("--json", case)
    computed = json.loads(result.stdout)
    expect = json.loads(case.read_text())["expect"]
    assert result.exit_code == 0
    assert list(differences(expect, computed)) == []
    assert set(computed["invoices"][0]) >= {"customer", "currency", "period", "lines", "amount_due", "status"}


def test_explain_goes_down_to_the_reads(case: Path) -> None:
    result = called("--explain", case)
    assert result.exit_code == 0
    assert "channel p1/1: 1 reads, from 25526.441 at 2025-01-01T00:00:00Z to 27130.364" in result.stdout


def test_expectations_are_written_once_and_replaced_only_by_force(case: Path) -> None:
    differing(case)
    assert called("--write-expected", case).exit_code == 2
    assert called(case).exit_code == 1
    assert called("--write-expected", "--force", case).exit_code == 0
    assert called(case).exit_code == 0


def test_a_case_without_expectations_passes_and_can_be_given_them(case: Path) -> None:
    document = json.loads(case.read_text())
    del document["expect"]
    case.write_text(json.dumps(document))
    assert called(case).exit_code == 0
    assert called("--write-expected", case).exit_code == 0
    assert json.loads(case.read_text())["expect"]["invoices"][0]["status"] == "issued"


@pytest.mark.parametrize(
    ("wanted", "got", "count"),
    [
        ({"lines": [{"kwh": "1.0"}]}, {"lines": [{"kwh": "1.000"}]}, 0),
        ({"lines": [{"amount": "1.0"}]}, {"lines": [{"amount": "1.00"}]}, 1),
        ({"lines": []}, {"lines": [{"amount": "1.00"}]}, 1),
        ({"lines": [{}]}, {"lines": [{"amount": "1.00"}]}, 0),
        ({"unbilled_hours": {"u1": "1"}}, {}, 1),
        ({"unbilled_hours": {}}, {"unbilled_hours": {"u1": "1"}}, 1),
        ({"units": {"u1": "0.000"}}, {"units": {}}, 0),
        ({"customers": {"A": {"credit": "0.00"}}}, {"customers": {"A": {"credit": "0"}}}, 1),
        ({"contract": None}, {}, 0),
        ({"estimated": False}, {"estimated": True}, 1),
        ({"rate": "0.0750"}, {"rate": "0.075"}, 0),
        ({"rate": "x"}, {"rate": "0.075"}, 1),
        ({"connector_payouts": []}, {}, 0),
    ],
)
def test_amounts_are_compared_exactly_and_quantities_as_numbers(
    wanted: dict[str, object], got: dict[str, object], count: int
) -> None:
    assert len(list(differences(wanted, got))) == count
