"""The shell: parse, call one job, show."""
