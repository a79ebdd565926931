"""A configuration that cannot work is refused with the field and what would be right; secrets stay secret (issue 5)."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hostbook.collect.adopting import adopted, told_together
from hostbook.collect.config import BadConfig, Limits, config_of, read_config
from hostbook.collect.driver import BadDevice, Failure
from hostbook.collect.drivers.modbus.gateway import Meter
from hostbook.collect.reader import Reader, Turns
from hostbook.collect.registered import Registered
from hostbook.collect.registry import driver_of
from hostbook.collect.running import key_of
from hostbook.collect.secret_store import VARIABLE, BadSecrets, SecretStore

GOOD: dict[str, Any] = {
    "site": "AMA-1",
    "gateway": {"url": "https://hosting.example"},
    "devices": [{"name": "PDU-A", "address": "10.0.0.5"}],
}


def _device(**fields: Any) -> dict[str, Any]:
    return {**GOOD, "devices": [{"name": "PDU-A", "address": "10.0.0.5", **fields}]}


def test_what_is_not_said_has_a_default() -> None:
    config = config_of(GOOD, Path())
    assert (config.schedule.pdus_s, config.devices[0].driver, config.devices[0].interval_s) == (60, "snmp", None)


@pytest.mark.parametrize(
    ("content", "field", "told"),
    [
        ([], None, "mapping"),
        ({"gateway": GOOD["gateway"]}, "site", "missing"),
        ({"gateway": GOOD["gateway"], "devices": GOOD["devices"], "devices_from": "both"}, "site", "missing"),
        ({**GOOD, "gateway": {"url": "hosting.example"}}, "gateway.url", "scheme"),
        ({**GOOD, "gatewai": 1}, "gatewai", "no field"),
        ({**GOOD, "schedule": {"pdus_s": 5}}, "schedule.pdus_s", "greater than or equal to 10"),
        ({**GOOD, "devices_from": "cloud"}, "devices_from", "'file', 'api' or 'both'"),
        (_device(port=70_000), "devices.0.port", "65535"),
        (_device(timeout_s=0), "devices.0.timeout_s", "greater than 0"),
        ({**GOOD, "devices": [{"name": "PDU-A"}]}, "devices.0.address", "missing"),
        ({**GOOD, "devices": [GOOD["devices"][0]] * 2}, "devices.1.name", "twice"),
        ({**GOOD, "devices": "all"}, "devices", "a list"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(content: Any, field: str | None, told: str) -> None:
    with pytest.raises(BadConfig) as caught:
        config_of(content, Path())
    assert caught.value.field == field
    assert told in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"version": "1"}, "version"),
        ({"version": "3"}, "user"),
        ({"version": "3", "user": "a", "privacy": "aes128"}, "auth"),
        ({"version": "3", "user": "a", "auth": "crc"}, "auth"),
        ({"version": "3", "user": "a", "auth": "sha256"}, "auth_secret"),
        ({"community": "secret"}, "community"),
        ({"model": "toaster"}, "model"),
        ({"repetitions": 0}, "repetitions"),
    ],
)
def test_options_of_snmp_that_do_not_fit_are_refused(options: dict[str, Any], field: str) -> None:
    entry = config_of(_device(**options), Path()).devices[0]
    with pytest.raises(BadDevice) as caught:
        driver_of(entry.device({}))
    assert caught.value.field == field
    assert caught.value.remedy


def test_an_unknown_driver_and_a_missing_secret_are_refused() -> None:
    with pytest.raises(BadDevice, match="no driver 'telepathy'"):
        driver_of(config_of(_device(driver="telepathy"), Path()).devices[0].device({}))
    with pytest.raises(BadConfig) as caught:
        config_of(_device(community_secret="pdus"), Path()).devices[0].device({})
    assert (caught.value.field, caught.value.remedy) == ("PDU-A.community_secret", "hostbook collect secret set pdus")


def test_a_credential_stands_for_all_secrets_of_its_name() -> None:
    entry = config_of(_device(credential="pdus"), Path()).devices[0]
    device = entry.device({"pdus.auth": "a phrase", "pdus.privacy": "another", "else.auth": "x"})
    assert device.secrets == {"auth": "a phrase", "privacy": "another"}
    assert "phrase" not in repr(device)


def test_a_path_in_a_devices_options_begins_where_the_configuration_lies(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "row.yaml").write_text(
        "model: Row meter\nchannels:\n  - {key: row, energy: {register: 1, type: uint32, unit: Wh}}\n"
    )
    (tmp_path / "collect.json").write_text(json.dumps(_device(driver="modbus", map="maps/row.yaml")))
    config = read_config(tmp_path / "collect.json")
    assert isinstance(driver_of(config.devices[0].device({}, config.folder)), Meter)
    with pytest.raises(BadDevice, match=r"There is no map 'maps/row.yaml'"):
        driver_of(config.devices[0].device({}, tmp_path / "elsewhere"))


def test_defaults_of_a_driver_lie_below_its_devices() -> None:
    content = _device(retries=4) | {"defaults": {"snmp": {"timeout_s": 2, "retries": 0, "version": "2c"}}}
    device = config_of(content, Path()).devices[0]
    assert (device.retries, int(device.timeout_s)) == (4, 2)
    assert device.model_extra == {"version": "2c"}


def test_yaml_and_json_say_the_same_and_broken_ones_say_where(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("site: AMA-1\ngateway: {url: https://hosting.example}\n")
    (tmp_path / "a.json").write_text('{"site": "AMA-1", "gateway": {"url": "https://hosting.example"}}')
    assert read_config(tmp_path / "a.yaml") == read_config(tmp_path / "a.json")
    (tmp_path / "b.yaml").write_text("site: AMA-1\ngateway: {url\n  x: [")
    with pytest.raises(BadConfig, match="line"):
        read_config(tmp_path / "b.yaml")
    with pytest.raises(BadConfig, match="cannot be read"):
        read_config(tmp_path / "missing.yaml")


def test_devices_come_from_hostbook_too_and_the_file_has_the_last_word() -> None:
    pdus = {
        "PDU-A": {"name": "PDU-A", "outlet_count": 24, "device": {"driver": "snmp", "address": "10.9.9.9"}},
        "PDU-B": {
            "name": "PDU-B",
            "outlet_count": 24,
            "device": {
                "driver": "snmp",
                "address": "10.0.0.6",
                "port": None,
                "options": {"version": "2c"},
                "unit": "1",
            },
        },
        "PDU-C": {
            "name": "PDU-C",
            "outlet_count": 24,
            "device": {"driver": "snmp", "address": "10.0.0.6", "unit": "2"},
        },
        "PDU-D": {"name": "PDU-D", "outlet_count": 24, "device": None},
    }
    config = config_of({**GOOD, "devices_from": "both"}, Path())
    adoption = adopted(config, Registered(pdus))
    kept, chain = adoption.config.devices
    assert adoption.faults == ()
    assert (kept.name, kept.address) == ("PDU-A", "10.0.0.5")
    assert (chain.address, chain.units) == ("10.0.0.6", {"1": "PDU-B", "2": "PDU-C"})


SETTINGS: dict[str, Any] = {
    "site": "AMA-1",
    "version": 3,
    "schedule": {"pdus_s": 300, "miners_s": 120, "spread_s": 9, "of_a_newer_hostbook": 1},
    "limits": {"at_once": 8, "silent_after": 3, "pause_s": 60, "longest_pause_s": 300},
    "send_temperatures": False,
    "miners": [{"name": "M1", "driver": "cgminer", "address": "10.1.0.1", "interval_s": None, "options": {}}],
    "maps": {
        "row": {"model": "Row", "channels": [{"key": "r", "energy": {"register": 1, "type": "uint32", "unit": "Wh"}}]}
    },
}


def _pdu(name: str, **device: Any) -> dict[str, dict[str, Any]]:
    return {name: {"name": name, "outlet_count": 1, "device": {"driver": "modbus", "address": "10.1.9.9", **device}}}


def test_a_file_of_nothing_but_the_gateway_gets_site_schedule_pdus_meters_and_miners_from_hostbook() -> None:
    file = config_of({"gateway": GOOD["gateway"], "devices_from": "api", "limits": {"batch": 7}}, Path())
    meters = _pdu("F-1", options={"map": "row", "unit_id": 1}) | _pdu("F-2", options={"map": "shark-200", "unit_id": 2})
    adoption = adopted(file, Registered(meters, settings=SETTINGS))
    config = adoption.config
    assert (adoption.faults, config.site, config.send_temperatures) == ((), "AMA-1", False)
    assert (config.schedule.pdus_s, config.limits.at_once, config.limits.batch) == (300, 8, 7)
    assert [(one.name, one.is_miner) for one in config.devices] == [("M1", True), ("F-1", False), ("F-2", False)]
    for meter in config.devices[1:]:
        assert isinstance(driver_of(meter.device({})), Meter)
    nothing_set = adopted(file, Registered({}, settings={**SETTINGS, "version": 0}))
    assert (nothing_set.config.site, nothing_set.config.devices) == ("AMA-1", ())


def test_with_both_the_file_has_the_last_word_and_with_api_hostbook_has_it() -> None:
    ours = {**GOOD, "schedule": {"pdus_s": 20}, "devices": [{"name": "M1", "driver": "cgminer", "address": "10.5.5.5"}]}
    told = Registered({}, settings=SETTINGS)
    both = adopted(config_of({**ours, "devices_from": "both"}, Path()), told).config
    api = adopted(config_of({**ours, "devices_from": "api"}, Path()), told).config
    assert (both.schedule.pdus_s, both.schedule.miners_s, both.devices[0].address) == (20, 120, "10.5.5.5")
    assert (api.schedule.pdus_s, len(api.devices), api.devices[0].address) == (300, 1, "10.1.0.1")


@pytest.mark.parametrize(
    ("change", "pdus", "told"),
    [
        ({"schedule": {"pdus_s": 5}}, {}, "schedule.pdus_s: Input should be greater than or equal to 10."),
        (
            {"miners": [{"name": "M1", "driver": "telepathy", "address": "x"}]},
            {},
            "miners.0.driver: There is no driver",
        ),
        ({"miners": [{"name": "M1"}]}, {}, "miners.0.address: Field required."),
        ({"miners": SETTINGS["miners"] * 2}, {}, "miners.1: 'M1' is configured twice."),
        ({"maps": {"row": {"model": "Row"}}}, {}, "maps.row: The map row cannot be used. channels: Field required"),
        ({}, _pdu("F-1") | _pdu("F-2"), "F-1.device.unit: F-1, F-2 are the same device."),
        ({}, _pdu("M1"), "M1.device: 'M1' is configured twice."),
        ({}, _pdu("F-1", options={"retries": 99}), "F-1.device.retries: Input should be less than or equal to 10."),
    ],
)
def test_what_is_wrong_at_hostbook_is_told_by_field_and_the_rest_could_be_worked_with(
    change: dict[str, Any], pdus: Any, told: str
) -> None:
    file = config_of({"gateway": GOOD["gateway"], "devices_from": "api"}, Path())
    adoption = adopted(file, Registered(pdus, settings=SETTINGS | change))
    assert (told_together(adoption.faults) or "").startswith(told)
    assert adoption.config.site == "AMA-1"


def test_secrets_are_encrypted_at_rest_and_their_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets.json", tmp_path / "collect.key")
    store.keep("pdus", "correct horse")
    assert SecretStore(tmp_path / "secrets.json", tmp_path / "collect.key")["pdus"] == "correct horse"
    assert "horse" not in (tmp_path / "secrets.json").read_text()
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("secrets.json", "collect.key")] == [0o600] * 2


def test_a_key_that_others_may_read_or_that_is_another_one_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SecretStore(tmp_path / "secrets.json", tmp_path / "collect.key")
    store.keep("pdus", "correct horse")
    monkeypatch.setenv(VARIABLE, "0" * 43 + "=")
    with pytest.raises(BadSecrets, match="another key"):
        store["pdus"]
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "collect.key").chmod(0o640)
    with pytest.raises(BadSecrets, match="Others may read"):
        store["pdus"]
    (tmp_path / "collect.key").unlink()
    with pytest.raises(BadSecrets, match="missing"):
        store["pdus"]


def test_a_key_that_no_header_can_carry_is_refused_without_telling_it(tmp_path: Path) -> None:
    for value in ("hb_key\r", "hb key\tx", " hb_key", "hb_kéy"):
        with pytest.raises(BadConfig) as caught:
            key_of(config_of(GOOD, tmp_path), {"gateway-key": value})
        assert "hb" not in f"{caught.value.message} {caught.value.remedy}"


async def test_what_a_driver_breaks_with_tells_no_secret() -> None:
    class Breaks:
        async def identify(self) -> None:
            raise ValueError("no such user, key 'correct horse'")

    entry = config_of(_device(community_secret="pdus"), Path()).devices[0]
    reader = Reader(entry, entry.device({"pdus": "correct horse"}), Limits(), Turns(1))
    reader._driver = Breaks()  # type: ignore[assignment]
    answer = await reader.read()
    assert isinstance(answer, Failure)
    assert answer.reason == "ValueError: no such user, key '<community>'"
