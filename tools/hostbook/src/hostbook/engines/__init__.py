"""PostgreSQL, Kafka, Temporal, Traefik, the vendors' fakes and our services as local processes."""
