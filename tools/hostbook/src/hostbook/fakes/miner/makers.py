"""Makers with words of their own, faked: Whatsminer (both APIs) and Avalon."""

from __future__ import annotations

from hostbook.fakes.miner.dialects import Dialect, Document, Words, decimal, mhs_row, pools, status
from hostbook.fakes.miner.machine import Figures, Machine

_WM, _AV = "cgminer 4.9.2", "cgminer 4.11.1"


def _wm_summary(_: Machine, now: Figures) -> Document:
    row = mhs_row(now) | {
        "HS RT": decimal(now.ths * 10**6),
        "Temperature": now.temperature_c - 20,
        "Chip Temp Max": now.temperature_c,
        "Power": now.power_w,
        "Power_RT": now.power_w + 9,
        "Power Limit": 3600,
        "Factory GHS": 68796,
        "Firmware Version": "<20210322.22.REL>",
    }
    return status(11, "Summary", _WM) | {"SUMMARY": [row]}


def _message(message: Document) -> Document:
    return {"STATUS": "S", "When": 1760000000, "Code": 131, "Msg": message, "Description": "whatsminer v1.4.0"}


def _wm_status(_: Machine, now: Figures) -> Document:
    return _message({"btmineroff": str(now.is_asleep).lower(), "Firmware Version": "20210322.22.REL"})


def _wm_version(_: Machine, __: Figures) -> Document:
    return _message({"api_ver": "whatsminer v1.4.0", "fw_ver": "20210322.22.REL"})


def _v3(message: Document) -> Document:
    return {"code": 0, "when": 1760000000, "msg": message, "desc": "ok"}


def _v3_summary(_: Machine, now: Figures) -> Document:
    return _v3(
        {
            "summary": {
                "elapsed": now.elapsed_s,
                "hash-realtime": decimal(now.ths),
                "hash-average": decimal(now.ths),
                "power-realtime": now.power_w,
                "chip-temp-max": now.temperature_c,
                "environment-temperature": 28,
            }
        }
    )


def _v3_pools(machine: Machine, _: Figures) -> Document:
    rows = [
        {"url": pool["url"], "account": pool["user"], "pool-priority": n, "status": "alive", "stratum-active": n == 0}
        for n, pool in enumerate(machine.pools)
    ]
    return _v3({"pools": rows})


def _v3_device(machine: Machine, now: Figures) -> Document:
    miner = {"type": machine.model, "miner-sn": f"SN-{machine.name}", "working": str(not now.is_asleep).lower()}
    return _v3({"miner": miner, "system": {"api": "3.0.2", "fwversion": "20251209.16.Rel2"}})


def _brackets(now: Figures) -> str:
    work = "In Idle" if now.is_asleep else "In Work"
    supply = f"0 1214 1316 242 {now.power_w * 94 // 100} 1320 {now.power_w}"
    rate = decimal(now.second_ths * 1000)
    return (
        f"Ver[1246-83] SYSTEMSTATU[Work: {work}, Hash Board: 3 ] Elapsed[{now.elapsed_s}] Temp[30] "
        f"TMax[{now.temperature_c}] TAvg[{now.temperature_c - 9}] PS[{supply}] GHSspd[{rate:.2f}] GHSmm[83923.04] "
        f"GHSavg[{rate:.2f}] SoftOFF[{int(now.is_asleep)}]"
    )


def _av_stats(_: Machine, now: Figures) -> Document:
    row = {"STATS": 0, "ID": "AVA100", "Elapsed": now.elapsed_s, "MM Count": 1, "MM ID0": _brackets(now)}
    return status(70, "CGMiner stats", _AV) | {"STATS": [row]}


def _av_summary(_: Machine, now: Figures) -> Document:
    return status(11, "Summary", _AV) | {"SUMMARY": [mhs_row(now) | {"MHS av": "<nan>"}]}


def _av_version(machine: Machine, _: Figures) -> Document:
    row = {"CGMiner": "4.11.1", "LVERSION": "21072802", "PROD": machine.model, "MODEL": "1246"}
    return status(22, "CGMiner versions", _AV) | {"VERSION": [row]}


def _av_pools() -> Words:
    plain = pools(_AV)

    def answer(machine: Machine, now: Figures) -> Document:
        found = plain(machine, now)
        return found | {"POOLS": [row | {"Password": "123"} for row in found["POOLS"]]}

    return answer


WHATSMINER = Dialect(
    "whatsminer",
    {
        "summary": _wm_summary,
        "pools": pools(_WM, first=1),
        "status": _wm_status,
        "get_version": _wm_version,
    },
    spoil=lambda text: text.replace('"<', "\"\\'").replace('>"', "\\'\""),
    ends=b"",
)
WHATSMINER_V3 = Dialect(
    "whatsminer-v3",
    {
        "get.miner.status:summary": _v3_summary,
        "get.miner.status:pools": _v3_pools,
        "get.device.info": _v3_device,
    },
    ends=b"",
)
AVALON = Dialect(
    "avalon",
    {"version": _av_version, "summary": _av_summary, "stats": _av_stats, "pools": _av_pools()},
    spoil=lambda text: text.replace('"<nan>"', "nan"),
)
