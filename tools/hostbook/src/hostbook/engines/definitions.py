"""From names of parts to what runs them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from hostbook.engines import fakes
from hostbook.engines.gateway import gateway
from hostbook.engines.kafka import kafka
from hostbook.engines.part import FAKES, PARTS, SERVICES, Part, Setting
from hostbook.engines.postgres import postgres
from hostbook.engines.services import service
from hostbook.engines.temporal import temporal

DEFINE: Mapping[str, Callable[[Setting], Part]] = {
    "postgres": postgres,
    "kafka": kafka,
    "temporal": temporal,
    "mail": fakes.mail,
    "stripe": fakes.stripe,
    "otlp": fakes.otlp,
    **{name: partial(service, name) for name in SERVICES},
    "gateway": gateway,
}
PORT_NAMES = (*PARTS, "kafka-controller", "temporal-http", "temporal-ui", "mail-http", "gateway-admin", "supervisord")
# Addresses a person types; taken ones give way to free ones.
USUAL_PORTS: Mapping[str, int] = {"gateway": 8080, "temporal-ui": 8233}


def definitions(setting: Setting, wanted: Sequence[str]) -> tuple[Part, ...]:
    """The wanted parts that can run: one whose module does not exist is left out."""
    return tuple(DEFINE[name](setting) for name in wanted if _exists(name))


def _exists(name: str) -> bool:
    if name in SERVICES:
        return fakes.can_run(f"{name}.main")
    return name not in FAKES or fakes.can_run(f"hostbook.fakes.{name}")
