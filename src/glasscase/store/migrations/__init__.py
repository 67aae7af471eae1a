"""How the tables came to be, step by step; `migrating.py` brings a database up to the last one."""
