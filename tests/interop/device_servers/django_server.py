"""django-oauth-toolkit below /o, and django-allauth's identity provider at the root, as one Django site:

    python django_server.py PORT FOLDER

The person signs in by a request for /sign-in. A public client ``lobby-tv`` is registered with both.
"""

import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from joserfc.jwk import RSAKey

port, folder = int(sys.argv[1]), Path(sys.argv[2])
url = f"http://127.0.0.1:{port}"
APPS = ["auth", "contenttypes", "sessions", "messages", "sites"]
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

settings.configure(
    SECRET_KEY="a key of this test alone",
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        *(f"django.contrib.{name}" for name in APPS),
        "oauth2_provider",
        "allauth",
        "allauth.account",
        "allauth.idp.oidc",
    ],
    MIGRATION_MODULES=dict.fromkeys([*APPS, "oauth2_provider", "account", "allauth_idp_oidc"]),
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    USE_TZ=True,
    SITE_ID=1,
    OAUTH2_PROVIDER={
        "OAUTH_DEVICE_VERIFICATION_URI": f"{url}/o/device/",
        "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{url}/o/device/?user_code={code}",
        "DEVICE_FLOW_INTERVAL": 1,
        "SCOPES": {"read": "Read", "offline_access": "Refresh"},
    },
    IDP_OIDC_PRIVATE_KEY=RSAKey.generate_key(2048).as_pem(private=True).decode(),
    IDP_OIDC_DEVICE_CODE_INTERVAL=1,
    ACCOUNT_RATE_LIMITS=False,
)
django.setup()

from allauth.idp.oidc.models import Client  # noqa: E402 - Django has to be set up first
from django.contrib.auth import get_user_model, login  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402


def sign_in(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get(), "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("signed in")


urlpatterns = [
    path("sign-in", sign_in),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("accounts/", include("allauth.urls")),
    path("", include("allauth.idp.urls")),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", run_syncdb=True, verbosity=0)
    get_user_model().objects.create_user("alice", "alice@example.org", "unused")
    Application.objects.create(
        client_id="lobby-tv",
        client_secret="",
        name="Lobby TV",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=DEVICE_CODE,
    )
    Client.objects.create(
        id="lobby-tv",
        name="Lobby TV",
        type=Client.Type.PUBLIC,
        scopes="openid\nprofile\noffline_access",
        grant_types=f"{DEVICE_CODE}\nrefresh_token",
    )
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet) as server:
        print("listening", flush=True)  # noqa: T201 - the test waits for it
        server.serve_forever()
