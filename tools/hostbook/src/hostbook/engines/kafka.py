"""Apache Kafka: one broker that is its own controller (KRaft)."""

import subprocess

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.jars import require_jars
from hostbook.engines.java import java
from hostbook.engines.layout import KAFKA_JARS, LOCAL
from hostbook.engines.part import Part, Setting
from hostbook.engines.probes import kafka_lists_itself

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
        prepare=lambda: _format(setting),
        is_ready=lambda: kafka_lists_itself(port),
        stop_wait_s=20,
    )


def _java() -> tuple[str, ...]:
    return (java(), *JVM, "-cp", f"{KAFKA_JARS}/*")


def _format(setting: Setting) -> None:
    """Writes the broker's settings for the ports of this run; the log folder is formatted once."""
    require_jars()
    folder = setting.state.part("kafka")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = (LOCAL / "kafka" / "server.properties").read_text()
    for name, port in (("@BROKER@", "kafka"), ("@CONTROLLER@", "kafka-controller")):
        text = text.replace(name, f"127.0.0.1:{setting.ports[port]}")
    (folder / "server.properties").write_text(text)
    if (folder / "log" / "meta.properties").exists():
        return
    format_ = ("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", "server.properties")
    result = subprocess.run((*_java(), *format_), cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise EngineTrouble(f"Kafka's storage could not be formatted: {result.stderr}", "See `hostbook doctor`.")
