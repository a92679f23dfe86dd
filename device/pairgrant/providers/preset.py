"""What makes one provider differ from RFC 8628: the data of one preset; every default is the RFC's.

``preset_parser`` reads it from a TOML file, ``provider`` gives it an issuer, ``dialect`` translates by it.
A *template* is a text with ``{names}`` of variables in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mark(StrEnum):
    """How the facts of a preset are known."""

    READ = "read"
    """From the sources that it names."""
    TRIED = "tried"
    """The tests of this project run whole sign-ins with it, against the software itself."""


class Method(StrEnum):
    POST = "POST"
    GET = "GET"


class Body(StrEnum):
    """Where the parameters of a request stand."""

    FORM = "form"
    JSON = "json"
    QUERY = "query"
    MULTIPART = "multipart"


class SecretPlace(StrEnum):
    """Where a request has the secret of a confidential client (RFC 6749 §2.3.1)."""

    BASIC = "basic"
    POST = "post"
    """In the body; in the query where the parameters stand there."""
    NONE = "none"


class SecretPolicy(StrEnum):
    """Whether the client has a secret at all."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


class RefreshKind(StrEnum):
    """What becomes of a refresh token that is used."""

    NONE = "none"
    """There are no refresh tokens."""
    REUSE = "reuse"
    ROTATE = "rotate"
    """The response may have a new one."""
    SINGLE_USE = "single-use"
    """The response has a new one, and the used one is spent even if the response is lost."""


class Meaning(StrEnum):
    """What a response to a poll means."""

    PENDING = "pending"
    SLOW_DOWN = "slow_down"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StepForm:
    """How the request of one step is sent."""

    method: Method = Method.POST
    body: Body = Body.FORM
    secret: SecretPlace = SecretPlace.BASIC
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters to add or to replace; templates, also of ``{client_id}``, ``{client_secret}`` and what
    ``echo`` names.
    """
    names: Mapping[str, str] = field(default_factory=dict)
    """Other names for parameters of the RFC."""
    omit: tuple[str, ...] = ()
    """Parameters of the RFC that are not sent."""
    adds_scope: bool = False
    """Whether a poll or a refresh repeats the requested scope."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeForm:
    """Where the response to step (A) has the members of RFC 8628 §3.2; a name may be a path (``a.b``)."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other names for a member, tried before the usual ones."""
    verification_uri: str | None = None
    """A template for the page, in place of what the response says."""
    verification_uri_complete: str | None = None
    """The same for the page with the code; empty if there is none, whatever the response says."""
    lifetime: int | None = None
    """Seconds, if the response has no ``expires_in``."""
    shortest_interval: int | None = None
    """Seconds; also the interval if the response has none."""
    echo: tuple[str, ...] = ()
    """Members that each poll sends back, or has in its address, beside ``device_code``."""


@dataclass(frozen=True, slots=True)
class TokenForm:
    """Where the response of the token endpoint has the members of RFC 6749 §5.1."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    type_required: bool = True
    """Whether a response without ``token_type`` is refused, rather than taken for a bearer token."""


@dataclass(frozen=True, slots=True)
class PollRule:
    """A response to a poll that means something else than RFC 8628 §3.5 says.

    It applies if the status is ``status``, and the member at the path ``member`` is one of ``values``
    (compared as text; ``null`` is also a member that is missing). A rule of a status alone applies only to a
    response without an ``error`` of the RFC.
    """

    means: Meaning
    status: int | None = None
    member: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A part of the addresses that the user chooses, such as a tenant or a region."""

    about: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointTemplates:
    """Templates of the endpoints, also of ``{issuer}``; the metadata may name those that are None."""

    device: str | None = None
    token: str | None = None
    poll: str | None = None
    """The endpoint for polls, if it is not the token endpoint."""
    revocation: str | None = None
    userinfo: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """The differences of one provider."""

    name: str
    about: str
    mark: Mark = Mark.READ
    sources: tuple[str, ...] = ()
    """Where the facts come from."""
    notes: tuple[str, ...] = ()
    """What a user should know before, a sentence each."""
    place: str = "built in"
    """The file, if it is the user's own."""

    issuer: str | None = None
    """A template; None if each installation has its own, which the user names."""
    issuer_pattern: str | None = None
    """What the metadata may name as issuer instead; ``{…}`` stands for a part without a slash."""
    has_discovery: bool = True
    """Whether the server has a metadata document."""
    variables: Mapping[str, Variable] = field(default_factory=dict)
    endpoints: EndpointTemplates = EndpointTemplates()

    client_secret: SecretPolicy = SecretPolicy.OPTIONAL
    scope_separator: str = " "
    default_scope: str = ""
    scope_required: bool = False
    requires_pkce: bool = False
    """Whether each device authorization request has a challenge; otherwise only if the server asks."""
    tells_denial: bool = True
    """Whether the device learns of a denial before the code expires."""
    refresh: RefreshKind = RefreshKind.ROTATE
    idle_days: int | None = None
    """Days after which an unused refresh token expires."""

    start: StepForm = StepForm()
    poll: StepForm = StepForm()
    refreshing: StepForm = StepForm()
    revoking: StepForm = StepForm()
    code: CodeForm = CodeForm()
    tokens: TokenForm = TokenForm()
    rules: tuple[PollRule, ...] = ()
