"""How an SNMP device is spoken to: the options of its entry in the configuration, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hostbook.collect.driver import BadDevice, Device

AUTHENTICATIONS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
PRIVACIES = ("des", "3des", "aes128", "aes192", "aes256")
_SHORTEST = 8  # RFC 3414: shorter pass phrases are no keys


@dataclass(frozen=True, slots=True)
class Community:
    """SNMP v2c."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """SNMP v3: authentication and privacy as far as their pass phrases are given."""

    name: str
    authentication: str | None = None
    privacy: str | None = None
    auth_phrase: str | None = field(default=None, repr=False)
    privacy_phrase: str | None = field(default=None, repr=False)
    context: str = ""


Credentials = Community | User
OPTIONS = {"version", "user", "auth", "privacy", "context", "model", "repetitions", "outlets"}


def credentials_of(device: Device) -> Credentials:
    """Those of the device's entry; what does not fit together is refused with the field and what would be right."""
    unknown = sorted(set(device.options) - OPTIONS)
    if unknown:
        raise BadDevice(
            f"The snmp driver knows no option {unknown[0]!r}.",
            field=unknown[0],
            remedy=f"one of {', '.join(sorted(OPTIONS))}; secrets as community_secret, auth_secret, privacy_secret",
        )
    version = str(device.options.get("version", "2c"))
    if version == "2c":
        return Community(device.secrets.get("community", "public"))
    if version == "3":
        return _user(device)
    raise BadDevice(f"SNMP version {version!r} is not spoken here.", field="version", remedy='"2c" or "3"')


def _user(device: Device) -> User:
    options = device.options
    name = options.get("user")
    if not name or not isinstance(name, str):
        raise BadDevice("SNMP v3 needs a user.", field="user", remedy="the user's name as set up on the device")
    authentication = _protocol(options, "auth", AUTHENTICATIONS)
    privacy = _protocol(options, "privacy", PRIVACIES)
    if privacy and not authentication:
        raise BadDevice("SNMP v3 has no privacy without authentication.", field="auth", remedy="e.g. sha256")
    return User(
        name,
        authentication,
        privacy,
        _phrase(device, "auth", authentication),
        _phrase(device, "privacy", privacy),
        str(options.get("context", "")),
    )


def _protocol(options: Any, field_name: str, known: tuple[str, ...]) -> str | None:
    value: str | None = options.get(field_name)
    if value is None or value in known:
        return value
    raise BadDevice(f"{value!r} is no {field_name} protocol.", field=field_name, remedy=f"one of {', '.join(known)}")


def _phrase(device: Device, kind: str, protocol: str | None) -> str | None:
    if protocol is None:
        return None
    phrase = device.secrets.get(kind, "")
    if len(phrase) < _SHORTEST:
        raise BadDevice(
            f"The {kind} pass phrase is missing or shorter than {_SHORTEST} characters.",
            field=f"{kind}_secret",
            remedy="keep it with `hostbook collect secret set NAME` and give its NAME here",
        )
    return phrase
