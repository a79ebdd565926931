"""WebAuthn: what the browser is asked for, and whether what it answers proves the passkey."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from common.errors import RuleBroken
from identity.domain.passkey import Passkey

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, OverflowError)


class PasskeyRefused(RuleBroken):
    """What came back does not prove a passkey of ours."""

    code = "passkey_refused"
    status = 401


class PasskeyCeremonies:
    """For one site: its address is what passkeys are bound to."""

    def __init__(self, public_url: str, name: str) -> None:
        parts = urlsplit(public_url)
        self._site, self._origin, self._name = parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name

    def creation(self, challenge: str, person_id: UUID, email: str, known: list[bytes]) -> dict[str, Any]:
        """Options for `navigator.credentials.create`; the device must know its holder (PIN, finger, face)."""
        options = webauthn.generate_registration_options(
            rp_id=self._site, rp_name=self._name, user_name=email, user_id=person_id.bytes,
            challenge=base64url_to_bytes(challenge),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )  # fmt: skip
        made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return made

    def made(self, answer: dict[str, Any], challenge: str) -> tuple[bytes, bytes, int]:
        """Credential id, public key and count of a new passkey."""
        try:
            shown = webauthn.verify_registration_response(
                credential=answer, expected_challenge=base64url_to_bytes(challenge), expected_rp_id=self._site,
                expected_origin=self._origin, require_user_verification=True,
            )  # fmt: skip
        except (WebAuthnException, *_BROKEN) as error:
            raise _refusal() from error
        return shown.credential_id, shown.credential_public_key, shown.sign_count

    def request(self, challenge: str) -> dict[str, Any]:
        """Options for `navigator.credentials.get`: any passkey of this site."""
        options = webauthn.generate_authentication_options(
            rp_id=self._site,
            challenge=base64url_to_bytes(challenge),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return made

    def shown(self, answer: dict[str, Any], challenge: str, passkey: Passkey) -> int:
        """The passkey's new count."""
        try:
            proven = webauthn.verify_authentication_response(
                credential=answer, expected_challenge=base64url_to_bytes(challenge), expected_rp_id=self._site,
                expected_origin=self._origin, credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses, require_user_verification=True,
            )  # fmt: skip
        except (WebAuthnException, *_BROKEN) as error:
            raise _refusal() from error
        return proven.new_sign_count


def _refusal() -> PasskeyRefused:
    return PasskeyRefused("This passkey is not known here.", remedy="try again, or sign in another way")


def challenge_in(answer: dict[str, Any]) -> str:
    """The challenge that the browser says it answers; whether we made it, the store knows."""
    try:
        said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        return str(said["challenge"])
    except _BROKEN as error:
        raise _refusal() from error


def credential_in(answer: dict[str, Any]) -> bytes:
    try:
        return base64url_to_bytes(answer["id"])
    except _BROKEN as error:
        raise _refusal() from error


def text_of(challenge: bytes) -> str:
    return bytes_to_base64url(challenge)
