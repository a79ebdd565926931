"""Meters that speak Modbus TCP by any register map, many in one process, each at an address of its own."""
