"""One file per step. A step that was shipped is never changed: a new one comes after it."""
