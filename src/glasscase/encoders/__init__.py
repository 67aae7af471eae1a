"""From a product to vectors, never computed twice."""
