"""What is generated is committed, and not stale: what a reader of the repository sees is what the code does."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from common.service import Service
from hostbook.engines.layout import ROOT
from hostbook.engines.part import SERVICES
from hostbook.specs import CATALOGUE, catalogue, public_files


def service_of(name: str) -> Service:
    found = importlib.import_module(f"{name}.main").service
    assert isinstance(found, Service)
    return found


def stale(texts: dict[str, str], folder: Path) -> list[str]:
    """The files of the folder that are missing or say something else."""
    return [name for name, text in texts.items() if not (folder / name).exists() or (folder / name).read_text() != text]


@pytest.mark.parametrize("name", SERVICES)
def test_openapi_and_asyncapi_are_what_the_code_says(name: str) -> None:
    assert stale(service_of(name).specs(), ROOT / "services" / name) == [], "Run: make specs"


def test_the_catalogue_of_events_is_what_the_services_say() -> None:
    assert stale({CATALOGUE.name: catalogue(ROOT)}, CATALOGUE.parent) == [], "Run: make specs"


def test_the_common_document_and_the_client_are_what_the_services_say() -> None:
    found = [str(path) for path, text in public_files(ROOT).items() if not path.exists() or path.read_text() != text]
    assert found == [], "Run: make specs"


def test_a_stale_or_missing_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text("{}")
    assert stale({"openapi.json": "{ }", "asyncapi.json": "{}"}, tmp_path) == ["openapi.json", "asyncapi.json"]


def test_a_service_without_a_catalogue_row_is_named_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "quotes"
    folder.mkdir(parents=True)
    (folder / "asyncapi.json").write_text('{"operations": {"receive contracts.site.opened.v1": {}}}')
    assert "| quotes | A site was added" in catalogue(tmp_path)
    assert catalogue(tmp_path) != catalogue(ROOT)
