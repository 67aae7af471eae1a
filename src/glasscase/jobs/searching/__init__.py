"""Settings that are tried: which there are, and where trials are kept."""
