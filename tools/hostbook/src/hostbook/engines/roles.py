"""A database per service with two roles: the owner migrates, the application obeys row-level security."""

from collections.abc import Callable

from hostbook.engines.layout import LOCAL

SCRIPT = LOCAL / "postgres" / "service.sql"


def provision_script(service: str, database: str, password: Callable[[str], str], template: str = "template1") -> str:
    """psql script, safe to repeat: the variables of `deploy/local/postgres/service.sql`, then its text."""
    variables = {
        "service": service,
        "database": database,
        "template": template,
        "owner_password": password(f"{service}_owner"),
        "app_password": password(f"{service}_app"),
    }
    return "".join(f"\\set {name} '{value}'\n" for name, value in variables.items()) + SCRIPT.read_text()
