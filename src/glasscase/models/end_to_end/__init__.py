"""Recipes that learn their encoders: photos and words to classes as one network."""
