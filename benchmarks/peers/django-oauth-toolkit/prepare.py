"""``python prepare.py``: the tables, the client and alice, in a new database."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth.models import User  # noqa: E402 - after django.setup()
from oauth2_provider.models import Application  # noqa: E402

User.objects.create(username="alice")
Application.objects.create(
    client_id="lobby-tv",
    client_type=Application.CLIENT_PUBLIC,
    authorization_grant_type=Application.GRANT_DEVICE_CODE,
    name="Lobby TV",
)
