"""One name per operation and per noun, made from method and path: what programs call stays when functions move."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

VERBS = {"get": "read", "put": "put", "patch": "change", "delete": "remove"}
SPOKEN = {
    "post /v1/auth/login": "log_in",
    "post /v1/auth/logout": "log_out",
    "post /v1/auth/sign-up": "sign_up",
    "post /v1/auth/second-factor": "show_second_factor",
    "post /v1/auth/passkey": "show_passkey",
    "post /v1/auth/passkey/options": "ask_for_passkey",
    "post /v1/auth/magic-link": "ask_for_magic_link",
    "post /v1/auth/password-reset": "ask_for_password_reset",
    "post /v1/account/passkeys/options": "ask_for_new_passkey",
    "post /v1/account/password": "change_password",
    "post /v1/account/email": "change_email",
    "post /v1/readings": "send_readings",
    "post /v1/telemetry": "send_telemetry",
    "post /v1/billing-runs": "start_billing_run",
    "post /v1/rederivations": "start_rederivation",
    "get /v1/usage.csv": "download_usage",
    "post /v1/auth/invitations/accept": "accept_invitation",
    "get /v1/auth/sso/{organization}": "start_single_sign_on",
    "get /v1/auth/sso/callback": "end_single_sign_on",
    "post /v1/announcements/{announcement_id}/read": "note_announcement_read",
    "post /v1/units/{unit_id}/state": "set_unit_state",
    "post /v1/contracts/{contract_id}/notice": "give_contract_notice",
    "post /v1/contracts/{contract_id}/notice/withdraw": "withdraw_contract_notice",
    "post /v1/invoices/cycles": "bill_cycles",
    "post /v1/webhooks/{webhook_id}/rotate-secret": "rotate_webhook_secret",
    "get /auth": "open_sign_in_page",
    "get /host/{slug}/auth": "open_portal_sign_in_page",
}

ACTIONS = frozenset({"rotate", "sign", "upload", "swap", "hand_over", "refund", "cancel"})


def noun_of(path: str) -> str:
    """The noun a path is about, its group in the document: `/v1/customers/{customer_id}/tags` -> customers."""
    words = path.strip("/").split("/")
    if words[0] != "v1" or words[1] == "auth":
        return "sign-in"
    return words[1].removesuffix(".csv")


def operation_name(method: str, path: str, operation: Mapping[str, Any], *, is_list: bool) -> str:
    """`list_customers`, `read_customer`, `cancel_invoice`, `add_contract_attachment`."""
    spoken = SPOKEN.get(f"{method} {path}")
    if spoken:
        return spoken
    words = [word for word in path.strip("/").split("/")[1:] if word != "auth"]
    said = [_said(word, words[at + 1 : at + 2]) for at, word in enumerate(words) if not word.startswith("{")]
    if method != "post":
        return "_".join(("list" if is_list else VERBS[method], *said))
    if "201" in operation["responses"] and said[-1] not in ACTIONS:
        return "_".join(("add", *said[:-1], singular(said[-1])))
    return "_".join((said[-1], *said[:-1])) if len(said) > 1 else f"add_{said[0]}"


def _said(word: str, following: list[str]) -> str:
    name = word.replace("-", "_").replace(".", "_")
    return singular(name) if following and following[0].startswith("{") else name


def singular(noun: str) -> str:
    """`customers` -> customer, `entities` -> entity, `batches` -> batch."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + instead
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "tus")) else noun


def schema_names(by_service: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """(service, its name) -> one name in the common document; the service comes in front where two differ."""
    meanings: dict[str, list[Any]] = {}
    for schemas in by_service.values():
        for name, schema in schemas.items():
            known = meanings.setdefault(_short(name), [])
            if schema not in known:
                known.append(schema)
    return {
        (service, name): _short(name) if len(meanings[_short(name)]) == 1 else f"{service.capitalize()}{_short(name)}"
        for service, schemas in by_service.items()
        for name in schemas
    }


def _short(name: str) -> str:
    """`customers__api__agreements__Standing` -> AgreementsStanding."""
    parts = name.split("__")
    return name if len(parts) == 1 else re.sub(r"(^|_)(\w)", lambda m: m[2].upper(), parts[-2]) + parts[-1]
