"""The one look of every HTML page: self-contained, dark and light, readable by screen readers."""
