"""Django as small as django-oauth-toolkit allows: no sessions, no middleware, no debugging; SQLite in WAL."""

import logging
import os

SECRET_KEY = "a benchmark's"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
ROOT_URLCONF = "server"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
logging.disable()  # a pending poll is a 400, which Django would warn of each time
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 10,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
OAUTH2_PROVIDER = {
    "OAUTH_DEVICE_VERIFICATION_URI": "http://127.0.0.1/device",
    "DEVICE_FLOW_INTERVAL": 1,
    "SCOPES": {"board:read": "Read the board"},
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
    "ROTATE_REFRESH_TOKEN": True,
}
