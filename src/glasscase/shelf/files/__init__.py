"""Boxes in files: of people, of tools, of our own."""
