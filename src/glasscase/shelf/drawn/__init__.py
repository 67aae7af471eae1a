"""Drawn photos of shelves, with every box known."""
