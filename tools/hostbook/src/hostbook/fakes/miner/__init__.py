"""Miners that speak the cgminer API as their firmwares do, many in one process, each at an address of its own."""
