"""Known products, and which of them stands in a box."""
