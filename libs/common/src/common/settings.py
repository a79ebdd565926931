"""Settings that every service has; each service's own `settings.py` adds to them, and only `main` reads them."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment; no secret has a default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str
    migrate_database_url: str = ""
    kafka_bootstrap: str
    kafka_partitions: int = 4
    kafka_replicas: int = 1
    temporal_address: str = ""
    temporal_namespace: str = "hostbook"
    payload_key: str = ""
    token_public_key: str
    public_url: str = "http://127.0.0.1:8080"
