"""Files and requests made to do harm: each is made by code, none is kept.

`PHOTOS` are files sent as photos, `REQUESTS` whole requests. A name says what is wrong.
"""

from tests.hostile.photos import PHOTOS
from tests.hostile.requests import REQUESTS

__all__ = ["PHOTOS", "REQUESTS"]
