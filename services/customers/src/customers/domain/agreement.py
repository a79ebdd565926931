"""Legal agreements: versions of a text, who must sign them, and whether a signature still counts (SF-06, SF-10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.errors import Conflict, RuleBroken
from customers.domain.words import BadText, checked_line, checked_prose

CONTRACT_TYPES = ("hosted", "lease", "infinity", "om")


class BadAgreement(RuleBroken):
    """An agreement that cannot be so."""

    code = "bad_agreement"


class AgreementChanged(Conflict):
    """What would be signed is not what was read."""

    code = "agreement_changed"


class SignatureState(StrEnum):
    """How a customer stands to an agreement: the words of the energize gate."""

    MISSING = "missing"
    SIGNED = "signed"
    OUTDATED = "outdated"
    ALTERED = "altered"


class Way(StrEnum):
    """How it was signed: by a click in the portal, or on paper, of which the scan was uploaded."""

    CLICK = "click"
    UPLOAD = "upload"


def text_sha256(text: str) -> str:
    """The fingerprint of a text: SHA-256 of its UTF-8 form, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of the host; `version` is the newest text's, signatures from `accepted_from_version` on count."""

    id: UUID
    name: str
    contract_types: tuple[str, ...]
    text: str
    version: int = 1
    accepted_from_version: int = 1
    is_withdrawn: bool = False

    def __post_init__(self) -> None:
        checked_line(self.name, "name", 200)
        checked_prose(self.text, "text", 200_000)
        unknown = sorted(set(self.contract_types) - set(CONTRACT_TYPES))
        if unknown or len(set(self.contract_types)) != len(self.contract_types):
            said = f"{', '.join(unknown)} is no contract type." if unknown else "A contract type comes twice."
            raise BadAgreement(said, field="contract_types", remedy=f"of {', '.join(CONTRACT_TYPES)}, each once")

    @property
    def sha256(self) -> str:
        return text_sha256(self.text)

    def published(self, text: str, *, must_sign_again: bool) -> Agreement:
        """The next version of the text; whether who signed an earlier one has to sign again is the host's word."""
        if text_sha256(text) == self.sha256:
            raise BadAgreement("The text is the same as before.", field="text", remedy="a changed text")
        after = self.changed(text=text)
        return replace(after, accepted_from_version=after.version) if must_sign_again else after

    def changed(self, **changes: object) -> Agreement:
        """The next version; signatures of earlier ones stay good. A withdrawn agreement has none."""
        if self.is_withdrawn:
            raise Conflict(f"{self.name} was withdrawn.", remedy="a new agreement")
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Signature:
    """Evidence of one signature: who, when, from where, and exactly what. It is never changed.

    It is of an agreement, or of the document of a contract: then `version` is the contract's, and the fingerprint the
    document's (PDF).
    """

    id: UUID
    customer_id: UUID
    agreement_id: UUID | None
    version: int
    text_sha256: str
    signed_by: str
    signed_at: datetime
    way: Way
    subject: str
    address: str | None = None
    document_id: UUID | None = None
    contract_id: UUID | None = None

    def __post_init__(self) -> None:
        checked_line(self.signed_by, "signed_by", 120)
        if sum(c.isalpha() for c in self.signed_by) < 2:
            raise BadText("This is not a person's name.", field="signed_by", remedy="the signer's full name")


def check_read(agreement: Agreement, version: int, sha256: str) -> None:
    """What is signed is the newest text, and the one that stood before the signer's eyes."""
    if agreement.is_withdrawn:
        raise AgreementChanged(f"{agreement.name} was withdrawn.", field="version", remedy="nothing is to be signed")
    if version != agreement.version or sha256 != agreement.sha256:
        raise AgreementChanged(
            f"{agreement.name} was changed since you read it; it is version {agreement.version} now.",
            field="text_sha256",
            remedy="read the newest text and sign that",
        )


def state_of(agreement: Agreement, signatures: Iterable[Signature], texts: dict[int, str]) -> SignatureState:
    """`texts` are the fingerprints of the texts as they are stored now, by version: a mismatch shows a change since."""
    newest = max(signatures, key=lambda s: s.version, default=None)
    if newest is None:
        return SignatureState.MISSING
    if texts.get(newest.version) != newest.text_sha256:
        return SignatureState.ALTERED
    return SignatureState.SIGNED if newest.version >= agreement.accepted_from_version else SignatureState.OUTDATED
