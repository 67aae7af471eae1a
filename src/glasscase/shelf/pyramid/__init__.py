"""The product detector of our own: its network, its training, its file."""
