"""Wire schemas of every event between services: pydantic alone, no service, no plumbing."""
