"""Meters over Modbus TCP: a register map says where energy and power stand; the rest is the same for all of them."""
