"""`hostbook scenario`: billing cases, priced by the services' own domain code without database or broker."""

from hostbook.scenario.command import scenario

__all__ = ["scenario"]
