"""One module per way of speaking to devices; each builds drivers (see `collect.driver`) from configurations."""
