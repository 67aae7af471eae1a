"""A photo of a shelf: where products stand, which they are, and what that says of the shelf."""
