"""``python seed.py COUNT FILE``: insert COUNT pending codes, and write their device codes to FILE."""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()

from oauth2_provider.models import DeviceGrant  # noqa: E402 - after django.setup()

expires = datetime.now(UTC) + timedelta(seconds=1800)
grants = [
    DeviceGrant(
        device_code=secrets.token_urlsafe(24),
        user_code=f"seed-{secrets.token_hex(6)}",
        client_id="lobby-tv",
        scope="board:read",
        expires=expires,
    )
    for _ in range(int(sys.argv[1]))
]
DeviceGrant.objects.bulk_create(grants, batch_size=5000)
Path(sys.argv[2]).write_text("\n".join(grant.device_code for grant in grants) + "\n")
