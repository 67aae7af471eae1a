"""Public sets, fetched from their homes."""
