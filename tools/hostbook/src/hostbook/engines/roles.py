"""A database per service with two roles: the owner migrates, the application obeys row-level security."""

from collections.abc import Callable

CREATE = """\
select 'create role {service}_owner' where not exists (select from pg_roles where rolname = '{service}_owner') \\gexec
select 'create role {service}_app' where not exists (select from pg_roles where rolname = '{service}_app') \\gexec
alter role {service}_owner login nosuperuser nobypassrls nocreaterole nocreatedb password '{owner_password}';
alter role {service}_app login nosuperuser nobypassrls nocreaterole nocreatedb password '{app_password}';
select 'create database {database} owner {service}_owner{template}'
  where not exists (select from pg_database where datname = '{database}') \\gexec
"""

RIGHTS = """\
\\connect {database}
revoke all on database {database} from public;
grant connect, temporary on database {database} to {service}_app;
revoke create on schema public from public;
grant usage on schema public to {service}_app;
alter default privileges for role {service}_owner grant select, insert, update, delete on tables to {service}_app;
alter default privileges for role {service}_owner grant usage, select on sequences to {service}_app;
alter default privileges for role {service}_owner grant usage on schemas to {service}_app;
"""


def provision_script(service: str, database: str, password: Callable[[str], str], template: str | None = None) -> str:
    """psql script, safe to repeat. Neither role owns the other's things or may bypass row-level security."""
    words = {
        "service": service,
        "database": database,
        "owner_password": password(f"{service}_owner"),
        "app_password": password(f"{service}_app"),
        "template": f" template {template}" if template else "",
    }
    return CREATE.format(**words) + RIGHTS.format(**words)
