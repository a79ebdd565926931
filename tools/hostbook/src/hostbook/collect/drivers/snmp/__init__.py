"""PDUs by SNMP v2c and v3: what each model's tables hold (`models`), how a device is recognised, and how it is read."""
