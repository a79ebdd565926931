"""Where things lie: the checkout, the caches shared by all stacks, and the state folder of one stack."""

import os
from dataclasses import dataclass
from pathlib import Path

from hostbook.engines.versions import KAFKA

ROOT = Path(__file__).resolve().parents[5]
CACHE = ROOT / ".cache"
LOCAL = ROOT / "deploy" / "local"
KAFKA_JARS = CACHE / f"kafka-{KAFKA}"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Everything one stack keeps: data of the engines, logs, ports and keys. Deleting it forgets the stack."""

    path: Path

    def create(self) -> None:
        """Readable by its owner only: it holds passwords and keys."""
        for folder in (self.path, self.run, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def part(self, name: str) -> Path:
        """The folder a part keeps its own files in."""
        return self.path / name

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def chosen_state(name: str = "local") -> StateFolder:
    """`HOSTBOOK_STATE` where set, else `.state/<name>` in the checkout."""
    named = os.environ.get("HOSTBOOK_STATE")
    return StateFolder(Path(named).resolve() if named else ROOT / ".state" / name)
