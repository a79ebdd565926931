"""Apache Kafka: one broker that is its own controller (KRaft)."""

import hashlib
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.jars import require_jars
from hostbook.engines.java import java
from hostbook.engines.layout import CACHE, KAFKA_JARS, LOCAL
from hostbook.engines.part import Part, Setting
from hostbook.engines.probes import kafka_lists_itself
from hostbook.engines.versions import KAFKA

TEMPLATE = LOCAL / "kafka" / "server.properties"
CLUSTER_ID = "SG9zdGJvb2stbG9jYWwtMQ"  # 16 bytes in URL-safe base64, as Kafka wants them
JVM = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # half the start-up time; throughput is far above what one machine asks for
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)


def kafka(setting: Setting) -> Part:
    port = setting.ports["kafka"]
    return Part(
        name="kafka",
        command=(*_java(), "kafka.Kafka", "server.properties"),
        directory=setting.state.part("kafka"),
        prepare=lambda: _prepare(setting),
        is_ready=lambda: kafka_lists_itself(port),
        stop_wait_s=20,
    )


def _java() -> tuple[str, ...]:
    return (java(), *JVM, "-cp", f"{KAFKA_JARS}/*")


def _prepare(setting: Setting) -> None:
    """Writes the broker's settings for the ports of this run; a new log folder begins as a copy of a formatted one."""
    require_jars()
    folder = setting.state.part("kafka")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = TEMPLATE.read_text()
    for name, port in (("@BROKER@", "kafka"), ("@CONTROLLER@", "kafka-controller")):
        text = text.replace(name, f"127.0.0.1:{setting.ports[port]}")
    (folder / "server.properties").write_text(text)
    if (folder / "log").exists():
        return
    shutil.rmtree(folder / "log.new", ignore_errors=True)
    shutil.copytree(_formatted(text), folder / "log.new")
    (folder / "log.new").rename(folder / "log")


def _formatted(properties: str) -> Path:
    """A formatted, empty log folder. It holds no address, so every stack can start from it; a JVM start is saved."""
    version = hashlib.sha256(TEMPLATE.read_bytes()).hexdigest()[:8]
    kept = CACHE / f"kafka-{KAFKA}-formatted-{version}"
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        (Path(folder) / "server.properties").write_text(properties)
        words = ("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "server.properties")
        result = subprocess.run((*_java(), *words), cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise EngineTrouble(f"Kafka's storage could not be formatted: {result.stderr}", "See `hostbook doctor`.")
        with suppress(OSError):  # another stack was first, with the same content
            (Path(folder) / "log").rename(kept)
    return kept
