"""The firmwares that run on Antminers, faked: stock (newer and older), LuxOS, Braiins OS, VNish."""

from __future__ import annotations

from hostbook.fakes.miner.dialects import Dialect, Document, Words, decimal, ghs_summary, mhs_row, pools, status
from hostbook.fakes.miner.machine import Figures, Machine

_BOARDS = (1, 2, 3)
_FEE: Document = {
    "POOL": 9,
    "URL": "DevFee",
    "User": "DevFee",
    "Status": "Alive",
    "Priority": 9,
    "Stratum Active": True,
}


def _version(by: str, **fields: str) -> Words:
    def answer(machine: Machine, _: Figures) -> Document:
        row = {"API": "3.7", **fields, "Type": machine.model}
        return status(22, "Versions", by) | {"VERSION": [row]}

    return answer


def _boards(now: Figures) -> Document:
    row: Document = {"miner_count": len(_BOARDS), "temp_num": len(_BOARDS), "temp_max": 0, "fan1": 5400}
    for board in _BOARDS:
        row[f"temp_chip{board}"] = f"{now.temperature_c - board}-{now.temperature_c - 9}-0-{now.temperature_c}"
        row[f"chain_rate{board}"] = str(decimal(now.second_ths * 1000 / len(_BOARDS)))
    return row


def _stats(by: str, *, head: Document, as_text: bool = False, watts: bool = False, suffix: str = "") -> Words:
    def answer(machine: Machine, now: Figures) -> Document:
        short = decimal(now.second_ths * 1000)
        row = {"STATS": 0, "ID": "BTM0", "Elapsed": now.elapsed_s, "GHS 5s": str(short) if as_text else short}
        row |= {"GHS av": decimal(now.ths * 1000)} | _boards(now)
        if watts:
            row |= {f"chain_consumption{board}": now.power_w // len(_BOARDS) for board in _BOARDS}
        return status(70, "Stats", by) | {"STATS": [head | {"Type": machine.model + suffix}, row]}

    return answer


def _lux_power(_: Machine, now: Figures) -> Document:
    return status(311, "Power usage", _LUX) | {"POWER": [{"PSU": True, "Watts": now.power_w}]}


def _lux_config(machine: Machine, _: Figures) -> Document:
    row = {"Model": machine.model, "SerialNumber": f"SN-{machine.name}", "OS": "LuxOS"}
    return status(33, "Config", _LUX) | {"CONFIG": [row]}


def _tuner(_: Machine, now: Figures) -> Document:
    return status(213, "Tuner status", _BOS) | {"TUNERSTATUS": [{"ApproximateMinerPowerConsumption": now.power_w}]}


def _temps(_: Machine, now: Figures) -> Document:
    rows = [{"TEMP": n, "ID": n, "Board": now.temperature_c - 12, "Chip": now.temperature_c - n} for n in range(3)]
    return status(201, "3 Temp(s)", _BOS) | {"TEMPS": rows}


def _bos_summary(_: Machine, now: Figures) -> Document:
    return status(11, "Summary", _BOS) | {"SUMMARY": [mhs_row(now)]}


def _details(machine: Machine, _: Figures) -> Document:
    return status(69, "Device Details", _BOS) | {"DEVDETAILS": [{"DEVDETAILS": 0, "ID": 6, "Model": machine.model}]}


_STOCK, _LUX, _BOS, _VN = "cgminer 1.0.0", "LUXminer 2025.4.8", "BOSer boser-openwrt 0.1.0", "cgminer 4.11.1"

STOCK = Dialect(
    "antminer",
    {
        "version": _version(_STOCK, BMMiner="1.0.0", Miner="49.0.1.3"),
        "summary": ghs_summary(_STOCK),
        "stats": _stats(_STOCK, head={"BMMiner": "1.0.0", "Miner": "49.0.1.3"}),
        "pools": pools(_STOCK),
    },
)
OLD = Dialect(
    "antminer-old",
    {
        "version": _version("bmminer 2.0.0", BMMiner="2.0.0", Miner="16.8.1.3"),
        "summary": ghs_summary("bmminer 2.0.0", as_text=True),
        "stats": _stats("bmminer 2.0.0", head={"BMMiner": "2.0.0", "Miner": "16.8.1.3"}, as_text=True),
        "pools": pools("bmminer 2.0.0"),
    },
    spoil=lambda text: text.replace("}, {", "}{").replace("Antminer", "Antminer\n"),
)
LUXOS = Dialect(
    "luxos",
    {
        "version": _version(_LUX, LUXminer="2025.4.8", Miner="2025.4.8"),
        "summary": ghs_summary(_LUX, minute=True, is_counter=False),
        "stats": _stats(_LUX, head={"Miner": "2025.4.8"}),
        "pools": pools(_LUX),
        "power": _lux_power,
        "config": _lux_config,
    },
)
BRAIINS = Dialect(
    "braiins",
    {
        "version": _version(_BOS, BOSer="boser-openwrt 0.1.0"),
        "summary": _bos_summary,
        "pools": pools(_BOS),
        "tunerstatus": _tuner,
        "temps": _temps,
        "devdetails": _details,
    },
    ends=b"",
)
VNISH = Dialect(
    "vnish",
    {
        "summary": ghs_summary(_VN, as_text=True, is_counter=False),
        "stats": _stats(_VN, head={"Miner": "1.2.7"}, as_text=True, watts=True, suffix=" (Vnish 1.2.7)"),
        "pools": pools(_VN, extra=(_FEE,)),
    },
    refused=0,
)
