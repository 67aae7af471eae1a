"""The verbs: one file each, called by the shell, Python and (later) the server."""
