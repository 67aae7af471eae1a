"""Each kind of job, as the worker does it."""
