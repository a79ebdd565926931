"""The fault script: what the next calls on the money path will suffer. Kept on disk, so a restart does not end it."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe.store import Store

COUNTED = (
    "lose_answer_after_commit",  # the effect is there, the connection breaks
    "answer_500_after_commit",  # the effect is there, the kept answer is a 500
    "answer_500_before_commit",  # nothing happened, 500
    "rate_limit",  # nothing happened, 429
    "timeout",  # nothing happened, and no answer for `timeout_ms`
    "slow",  # the effect comes after `slow_ms`; the same key meanwhile gets 409
)
_OPTIONS = ("path", "method", "timeout_ms", "slow_ms", "payment_method", "hold_webhooks")


class BadScript(ValueError):
    """A fault of that name does not exist."""


def script(store: Store, wanted: dict[str, Any]) -> dict[str, Any]:
    """Adds to the script; counts say how many calls suffer. Applies to POSTs under `path` (default payment intents)."""
    current = read(store)
    for name, value in wanted.items():
        if name == "decline_next":
            current[name] = [value] if isinstance(value, str) else list(value)
        elif name in COUNTED or name in _OPTIONS:
            current[name] = value
        else:
            raise BadScript(f"no fault named {name!r}")
    store.keep_setting("faults", current)
    return current


def read(store: Store) -> dict[str, Any]:
    current: dict[str, Any] = store.setting("faults", {})
    return current


def clear(store: Store) -> None:
    store.keep_setting("faults", {})


def take(store: Store, method: str, path: str) -> str:
    """The fault that this call suffers, used up; empty for none."""
    current = read(store)
    if method != current.get("method", "POST") or not path.startswith(current.get("path", "/v1/payment_intents")):
        return ""
    for name in COUNTED:
        if current.get(name, 0) > 0:
            current[name] -= 1
            store.keep_setting("faults", current)
            return name
    return ""


def next_decline(store: Store, method: str) -> str:
    """The scripted decline of this charge, used up; with `payment_method` set only that method's charges decline."""
    current = read(store)
    if not current.get("decline_next") or current.get("payment_method", method) != method:
        return ""
    reason: str = current["decline_next"].pop(0)
    store.keep_setting("faults", current)
    return reason
