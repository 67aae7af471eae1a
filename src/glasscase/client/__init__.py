"""A small typed client of the service."""
