"""Photos and words changed a little, so that a network learns the product and not the picture."""
