"""Our eight services: one process each in the role `all`, configured by environment alone."""

import json
import sys
from collections.abc import Mapping

from hostbook.engines.fakes import can_run, stripe_secrets
from hostbook.engines.part import SERVICES, Part, Setting
from hostbook.engines.probes import http_status
from hostbook.engines.temporal import NAMESPACE

DOCUMENT_WRITERS = ("invoicing", "quotes")


def service(name: str, setting: Setting) -> Part:
    port = setting.ports[name]
    return Part(
        name=name,
        command=(sys.executable, "-m", f"{name}.main", "all"),
        environment=service_environment(name, setting),
        directory=setting.state.part(name),
        is_ready=lambda: http_status(port, "/health/ready") == 200,
        stop_wait_s=20,
    )


def service_environment(name: str, setting: Setting) -> Mapping[str, str]:
    """Addresses, roles and keys; a service learns nothing it does not need (identity alone signs tokens)."""
    environment = {
        "PORT": str(setting.ports[name]),
        "DATABASE_URL": database_url(setting, name, f"{name}_app"),
        "MIGRATE_DATABASE_URL": database_url(setting, name, f"{name}_owner"),
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{setting.ports['kafka']}",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{setting.ports['temporal']}",
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "PAYLOAD_KEY": setting.keys.payload_key,
        "TOKEN_PUBLIC_KEY": setting.keys.token_public_key,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(setting.ports["mail"]),
        "MAIL_FROM": "billing@hostbook.test",
        "PUBLIC_URL": setting.url("gateway"),
    }
    if "otlp" in setting.parts:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = setting.url("otlp")
    return environment | _own_environment(name, setting)


def _own_environment(name: str, setting: Setting) -> dict[str, str]:
    if name == "identity":
        # A test clock waits for all of these: one that this stack does not run would be waited for without end.
        running = [part for part in SERVICES if part in setting.parts and can_run(f"{part}.main")]
        urls = {part: setting.url(part) for part in running}
        return {"TOKEN_PRIVATE_KEY": setting.keys.token_private_key, "SETTLE_URLS": json.dumps(urls)}
    if name == "payments":
        return {"STRIPE_API_BASE": setting.url("stripe"), **stripe_secrets(setting)}
    if name in DOCUMENT_WRITERS:
        return {"DOCUMENTS_DIR": str(setting.state.part("documents") / name)}
    return {}


def database_url(setting: Setting, database: str, role: str) -> str:
    password, port = setting.keys.password(role), setting.ports["postgres"]
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"
