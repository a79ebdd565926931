"""Writes what `deploy/compose.yaml` mounts and reads: Traefik's two files, and the secrets of one installation.

`python -m hostbook.engines.compose` writes the first (committed; a test finds them stale);
`python -m hostbook.engines.compose secrets` writes `deploy/.env` (never committed), once.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from hostbook.engines.gateway import ROUTES, fixed_settings, read_routes, routing
from hostbook.engines.keys import kept_keys
from hostbook.engines.layout import ROOT
from hostbook.engines.part import SERVICES

FOLDER = ROOT / "deploy" / "compose"
SECRETS = ROOT / "deploy" / ".env"
SERVICE_PORT = 8000
HEAD = "# Generated from deploy/local/routes.yaml: python -m hostbook.engines.compose\n"


def traefik_files() -> Mapping[Path, str]:
    fixed = fixed_settings(":8080", ":8081", f"http://otlp:{SERVICE_PORT}")
    fixed["providers"]["file"]["filename"] = "/etc/traefik/routes.yaml"
    urls = {name: f"http://{name}:{SERVICE_PORT}" for name in SERVICES}
    documents = {"traefik.yaml": fixed, "routes.yaml": routing(read_routes(ROUTES.read_text()), urls)}
    return {FOLDER / name: HEAD + yaml.safe_dump(document, sort_keys=False) for name, document in documents.items()}


def secrets_text(keys_file: Path) -> str:
    """One line per variable that `compose.yaml` asks for; line breaks of PEM as Compose reads them."""
    keys = kept_keys(keys_file)
    values = {
        "SUPERUSER_PASSWORD": keys.password("postgres"),
        "OWNER_PASSWORD": keys.password("owner"),
        "APP_PASSWORD": keys.password("app"),
        "PAYLOAD_KEY": keys.payload_key,
        "TOKEN_PRIVATE_KEY": keys.token_private_key.replace("\n", "\\n"),
        "TOKEN_PUBLIC_KEY": keys.token_public_key.replace("\n", "\\n"),
        "STRIPE_API_KEY": f"sk_test_{keys.password('stripe-api')}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{keys.password('stripe-webhook')}",
    }
    return "".join(f'{name}="{value}"\n' for name, value in values.items())


def main(words: list[str]) -> None:
    if words == ["secrets"]:
        SECRETS.touch(mode=0o600)
        keys_file = SECRETS.with_name(".env.keys")
        SECRETS.write_text(secrets_text(keys_file))
        keys_file.unlink()
        return
    FOLDER.mkdir(exist_ok=True)
    for path, text in traefik_files().items():
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
