"""Installs everything Hostbook needs into `.venv` and `.cache`; only the standard library is used here.

A stamp makes the second run a matter of milliseconds. An interrupted run leaves no stamp, so the next one finishes it.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
BOOTSTRAP = ROOT / "requirements" / "bootstrap.txt"
PINS = ROOT / "requirements" / "dev.txt"
JARS = ROOT / "deploy" / "local" / "kafka" / "jars.sha256"
FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT")


def packages() -> list[Path]:
    """The folders of our own packages, in a stable order."""
    return sorted(
        path.parent for folder in ("libs", "services", "tools") for path in ROOT.glob(f"{folder}/*/pyproject.toml")
    )


def fingerprint() -> str:
    """Changes when a pin, a package of ours, Python itself or the place of the checkout changes."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:3]}\n".encode())
    for path in (BOOTSTRAP, PINS, JARS, Path(__file__), *(folder / "pyproject.toml" for folder in packages())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the running interpreter belongs to a finished installation of this very state."""
    return STAMP.is_file() and STAMP.read_text() == fingerprint()


def missing() -> list[str]:
    """What the chosen Python or the machine lacks, each with the command that brings it."""
    found = []
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if not all(importlib.util.find_spec(module) for module in ("ensurepip", "venv")):
        found.append(
            f"Python {version} at {sys.executable} has no venv module.\n"
            f"  Debian, Ubuntu: sudo apt-get install python{version}-venv\n"
            f"  or name another Python: make PYTHON=/path/to/python3.12"
        )
    if sys.platform.startswith("linux") and os.geteuid() == 0 and not _can_enter_user_namespace():
        found.append(
            "PostgreSQL refuses to run as root, and `unshare --user` does not work here.\n"
            "  Debian, Ubuntu: apt-get install util-linux; sysctl -w kernel.unprivileged_userns_clone=1\n"
            "  or run make as an ordinary user"
        )
    return found


def _can_enter_user_namespace() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "/bin/sh", "-c", ":"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def run(*command: object) -> None:
    """One command, quiet unless it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    environment |= {"UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONWARNINGS": "ignore"}
    words = [str(word) for word in command]
    result = subprocess.run(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(
            f"{result.stdout}{result.stderr}\nThis command failed: {' '.join(words)}\nRun make again to go on."
        )


def create_venv() -> None:
    """A fresh environment, unless the one that is there works and is of the same Python."""
    asks = "import pip, sys; print(*sys.version_info[:3], sys.prefix)"
    if PYTHON.exists():
        answer = subprocess.run([PYTHON, "-I", "-c", asks], capture_output=True, text=True, check=False)
        if answer.stdout.strip() == f"{' '.join(map(str, sys.version_info[:3]))} {VENV}":
            return
    run(sys.executable, "-m", "venv", "--clear", VENV)


def install_uv() -> None:
    run(PYTHON, "-m", "pip", "install", "-q", "--no-input", "--require-hashes", "-r", BOOTSTRAP)


def sync() -> None:
    """The environment holds exactly the pins, each checked by its hash, and our own packages in place."""
    ours = ROOT / ".cache" / "ours.txt"
    ours.write_text("".join(f"-e ./{folder.relative_to(ROOT)}\n" for folder in packages()))
    run(VENV / "bin" / "uv", "pip", "sync", "-q", "--python", PYTHON, "--no-build-isolation", PINS, ours)


def fetch_kafka() -> None:
    run(PYTHON, "-m", "hostbook.engines.jars")


def compile_first_imports() -> None:
    """Eight services that start at once would each compile the same modules; a failure shows where it matters."""
    command = [str(PYTHON), "-c", "import common.service, hostbook.engines.stack"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


STEPS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("Python environment", create_venv),
    ("uv", install_uv),
    ("pinned packages (about 170 MB the first time)", sync),
    ("Apache Kafka's jars (44 MB the first time)", fetch_kafka),
    ("first imports", compile_first_imports),
)


def install() -> None:
    if found := missing():
        raise SystemExit("Something is missing:\n- " + "\n- ".join(found))
    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache" / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once must not build one environment
        if PYTHON.exists() and is_current():
            return
        for name, step in STEPS:
            print(f"set-up: {name} ...", end="", flush=True, file=sys.stderr)
            begun = time.monotonic()
            step()
            print(f" {time.monotonic() - begun:.1f} s", file=sys.stderr)
        STAMP.with_suffix(".new").write_text(fingerprint())
        STAMP.with_suffix(".new").replace(STAMP)


if __name__ == "__main__":
    if "--is-current" in sys.argv:
        sys.exit(0 if is_current() else 1)
    install()
