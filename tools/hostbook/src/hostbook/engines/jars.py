"""Fetches Kafka's jars without Java or Maven and checks each against `deploy/local/kafka/jars.sha256`.

`python -m hostbook.engines.jars` does so; a folder that is already right is left alone.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.layout import CACHE, KAFKA_JARS, LOCAL
from hostbook.engines.versions import KAFKA_COORDINATES

CHECKSUMS = LOCAL / "kafka" / "jars.sha256"
REMEDY = "Fetch them with: python -m hostbook.engines.jars"


def expected() -> dict[str, str]:
    """Checksum by file name."""
    pairs = (line.split() for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in pairs}


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")}


def require_jars() -> None:
    """Refuses to start Kafka from a folder that lacks a jar or holds another; names and count, not contents."""
    if {path.name for path in KAFKA_JARS.glob("*.jar")} != expected().keys():
        raise EngineTrouble(f"Kafka's jars are not complete in {KAFKA_JARS}.", REMEDY)


def fetch_jars() -> None:
    """Into a folder of another name first, so that only a checked set ever has the final name."""
    if checksums(KAFKA_JARS) == expected():
        return
    fresh = KAFKA_JARS.with_name(f"{KAFKA_JARS.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shared = Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository")
    _resolve(shared, fresh)
    if checksums(fresh) != expected():  # a damaged copy in the shared cache: ask the registry again
        _resolve(CACHE / "jars", fresh)
    wrong = {name for name, _ in checksums(fresh).items() ^ expected().items()}
    if wrong:
        raise EngineTrouble(f"These jars do not match {CHECKSUMS.name}: {', '.join(sorted(wrong))}.", REMEDY)
    shutil.rmtree(KAFKA_JARS, ignore_errors=True)
    fresh.rename(KAFKA_JARS)


def _resolve(repository: Path, folder: Path) -> None:
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(repo_cache=repository, resolver=PythonResolver(), timeout=60)
    wanted = [context.create_dependency(coordinate) for coordinate in KAFKA_COORDINATES]
    for dependencies in context.resolver.resolve(wanted):
        for dependency in dependencies:
            if dependency.scope not in ("test", "provided", "system"):
                jar = Path(dependency.artifact.resolve())
                shutil.copy2(jar, folder / jar.name)


if __name__ == "__main__":
    try:
        fetch_jars()
    except EngineTrouble as trouble:
        sys.exit(str(trouble))
