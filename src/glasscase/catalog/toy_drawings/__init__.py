"""Drawings of the toy catalogue: a small pen, backgrounds, and one function for each product."""
