"""Credentials at rest: a file of encrypted values, opened by a key file that only its owner reads.

The key may come from the environment instead (HOSTBOOK_COLLECT_KEY), where a service manager hands out credentials.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from common.errors import RuleBroken

VARIABLE = "HOSTBOOK_COLLECT_KEY"


class BadSecrets(RuleBroken):
    """The secrets cannot be read or kept; never says what they are."""

    code = "bad_secrets"


class SecretStore(Mapping[str, str]):
    """Secrets by name, decrypted when asked for."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self._path, self._key_path = path, key_path
        self._values: dict[str, str] = self._read()

    def __getitem__(self, name: str) -> str:
        token = self._values[name]
        try:
            return Fernet(self._key()).decrypt(token.encode()).decode()
        except (InvalidToken, ValueError):
            raise BadSecrets(
                f"The secret {name!r} was kept with another key.",
                field=str(self._key_path),
                remedy=f"bring the key file back, or set it anew: hostbook collect secret set {name}",
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def refresh(self) -> None:
        """Read again what another process may have kept meanwhile."""
        self._values = self._read()

    def keep(self, name: str, value: str) -> None:
        """Encrypt and store; the first secret makes the key file."""
        if not value:
            raise BadSecrets(f"Nothing was given for {name!r}.", remedy="the secret itself, on standard input")
        key = self._key(make=True)
        self._write({**self._values, name: Fernet(key).encrypt(value.encode()).decode()})

    def forget(self, name: str) -> None:
        """Remove one; `BadSecrets` if it is not there."""
        if name not in self._values:
            raise BadSecrets(f"There is no secret {name!r}.", remedy="hostbook collect secret list")
        self._write({known: token for known, token in self._values.items() if known != name})

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            found = json.loads(self._path.read_text())
            return {str(name): str(token) for name, token in found.items()}
        except (OSError, ValueError, AttributeError):
            raise BadSecrets(f"{self._path} cannot be read.", remedy="delete it and set the secrets anew") from None

    def _write(self, values: dict[str, str]) -> None:
        fresh = self._path.with_suffix(".new")
        _write_private(fresh, json.dumps(values, indent=1).encode())
        fresh.replace(self._path)
        self._values = values

    def _key(self, *, make: bool = False) -> bytes:
        given = os.environ.get(VARIABLE)
        if given:
            return given.encode()
        if not self._key_path.exists():
            if not make:
                raise BadSecrets(
                    f"The key file {self._key_path} is missing.", remedy=f"bring it back, or set {VARIABLE}"
                )
            _write_private(self._key_path, Fernet.generate_key())
        mode = stat.S_IMODE(self._key_path.stat().st_mode)
        if mode & 0o077:
            raise BadSecrets(
                f"Others may read the key file {self._key_path} (mode {mode:o}).", remedy=f"chmod 600 {self._key_path}"
            )
        return self._key_path.read_bytes().strip()


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
