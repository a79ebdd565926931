"""The vendors' fakes: processes that speak the vendors' protocols (SMTP, Stripe's API, OTLP)."""

import importlib.util
import sys

from hostbook.engines.part import Part, Setting
from hostbook.engines.probes import http_status, smtp_greets

MAIL_FOLDER = "mail"
STRIPE_FOLDER = "stripe"
SPANS_FILE = "spans.sqlite"


def can_run(module: str) -> bool:
    """Whether `python -m module` would find something to run."""
    try:
        found = importlib.util.find_spec(module)
        if found is not None and found.submodule_search_locations is not None:
            found = importlib.util.find_spec(f"{module}.__main__")
    except ModuleNotFoundError:
        return False
    return found is not None


def mail(setting: Setting) -> Part:
    port, folder = setting.ports["mail"], setting.state.part(MAIL_FOLDER)
    return Part(
        name="mail",
        command=(
            *(sys.executable, "-m", "hostbook.fakes.mail", "--smtp-port", str(port), "--dir", str(folder)),
            *("--http-port", str(setting.ports["mail-http"])),
        ),
        directory=folder,
        is_ready=lambda: smtp_greets(port),
    )


def stripe(setting: Setting) -> Part:
    port, folder = setting.ports["stripe"], setting.state.part(STRIPE_FOLDER)
    return Part(
        name="stripe",
        command=(
            *(sys.executable, "-m", "hostbook.fakes.stripe", "--port", str(port), "--state", str(folder)),
            *("--webhook-url", webhook_url(setting)),
        ),
        environment=stripe_secrets(setting),
        directory=folder,
        is_ready=lambda: http_status(port, "/_fake/health") == 200,
    )


def otlp(setting: Setting) -> Part:
    port, folder = setting.ports["otlp"], setting.state.part("otlp")
    return Part(
        name="otlp",
        command=(sys.executable, "-m", "hostbook.fakes.otlp", "--port", str(port), "--db", str(folder / SPANS_FILE)),
        directory=folder,
        is_ready=lambda: http_status(port, "/health") == 200,
    )


def stripe_secrets(setting: Setting) -> dict[str, str]:
    """Shaped like Stripe's, so that a mix-up of the two shows."""
    return {
        "STRIPE_API_KEY": f"sk_test_{setting.keys.password('stripe-api')}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{setting.keys.password('stripe-webhook')}",
    }


def webhook_url(setting: Setting) -> str:
    """Through the gateway where there is one, as the real Stripe would come."""
    return f"{setting.url('gateway' if 'gateway' in setting.parts else 'payments')}/hooks/stripe"
