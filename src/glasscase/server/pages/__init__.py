"""Web pages, one file each."""
