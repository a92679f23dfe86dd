"""``python seed.py COUNT FILE``: insert COUNT pending codes, and write their device codes to FILE."""

import sys
from pathlib import Path
from time import time

from authlib.common.security import generate_token
from model import DeviceCredential, session
from sqlalchemy import insert

count = int(sys.argv[1])
now = time()
rows = [
    {
        "device_code": generate_token(42),
        "user_code": f"seed-{generate_token(12)}",
        "client_id": "lobby-tv",
        "scope": "board:read",
        "expires_at": now + 1800,
    }
    for _ in range(count)
]
session.execute(insert(DeviceCredential), rows)
session.commit()
Path(sys.argv[2]).write_text("\n".join(row["device_code"] for row in rows) + "\n")
