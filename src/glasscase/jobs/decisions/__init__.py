"""What people decided, and what it changes."""
