"""The database of the service: predictions, reviews, jobs, models, keys and the audit log.

SQLite by default, PostgreSQL by URL. SQLAlchemy is imported here and nowhere else.
"""
