"""Facts of every kind of result, for reports to rest on."""
