"""Packs beside their competitors: seen, found, read, chosen; every number with its parts."""
