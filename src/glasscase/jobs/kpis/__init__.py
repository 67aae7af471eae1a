"""A table with a KPI, made ready to be learnt from."""
