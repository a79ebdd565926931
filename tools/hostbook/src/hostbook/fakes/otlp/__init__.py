"""A receiver for OpenTelemetry over HTTP that keeps spans in one SQLite file: traces on a laptop."""
