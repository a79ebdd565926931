"""Free ports of 127.0.0.1, chosen once per stack and remembered, so that addresses survive a restart."""

import json
import os
import secrets
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from hostbook.engines.errors import EngineTrouble

# Below the range from which Linux and macOS hand out ports to outgoing connections.
CANDIDATES = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether nobody listens there; a port whose last connections still linger counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Ports:
    """The ports of one stack by name, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._chosen: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def __getitem__(self, name: str) -> int:
        return self._chosen[name]

    def __contains__(self, name: str) -> bool:
        return name in self._chosen

    def choose(self, names: Iterable[str], usual: Mapping[str, int]) -> None:
        """Keeps each remembered port that is still free, and finds another for the rest.

        `HOSTBOOK_PORT_<NAME>` wins; `usual` holds ports worth trying first. Only for a stack that does not run.
        """
        taken: set[int] = set()
        for name in names:
            self._chosen[name] = _set_by_hand(name) or self._pick(name, usual, taken)
            taken.add(self._chosen[name])
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._chosen, indent=1, sort_keys=True))
        fresh.replace(self._file)

    def _pick(self, name: str, usual: Mapping[str, int], taken: set[int]) -> int:
        for wanted in (self._chosen.get(name), usual.get(name)):
            if wanted is not None and wanted not in taken and is_free(wanted):
                return wanted
        while True:
            port = secrets.choice(CANDIDATES)
            if port not in taken and port not in usual.values() and is_free(port):
                return port


def _set_by_hand(name: str) -> int | None:
    variable = f"HOSTBOOK_PORT_{name.upper().replace('-', '_')}"
    text = os.environ.get(variable)
    if text is None:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise EngineTrouble(f"{variable} is {text!r}, which is no port.", "Set it to a number from 1 to 65535.")
    if not is_free(int(text)):
        raise EngineTrouble(f"Port {text} ({variable}) is taken.", "Stop what listens there, or unset the variable.")
    return int(text)
