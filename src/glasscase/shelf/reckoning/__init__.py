"""Figures of a shelf from its boxes, and how far they may be wrong."""
