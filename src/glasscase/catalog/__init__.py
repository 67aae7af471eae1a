"""The shop's world: products, photos, categories. Knows nothing of models."""
