"""Packs beside their competitors: measured, remembered, changed."""
