"""Whether ``pairgrant login`` uses the browser of this machine or a code for the phone; pure.

The browser is the safer way: there is no code that an attacker could talk a person into approving. So it is
the default where the person sees it.
"""

from dataclasses import dataclass

from pairgrant.session.device_record import LoginWay


@dataclass(frozen=True, slots=True)
class LoginChoice:
    """The way, and whether a person insists on it: then a failure must not lead to the other way."""

    way: LoginWay
    is_demanded: bool


def login_choice(
    demanded: LoginWay | None, remembered: LoginWay | None, *, has_browser: bool, is_in_front: bool
) -> LoginChoice:
    """An option decides, else the choice of an earlier sign-in, else what this machine has.

    ``has_browser``: a browser can open on a screen. ``is_in_front``: it opens where the person sees it.
    """
    if demanded is not None:
        return LoginChoice(demanded, is_demanded=True)
    uses_browser = has_browser if remembered is LoginWay.BROWSER else is_in_front and remembered is None
    return LoginChoice(LoginWay.BROWSER if uses_browser else LoginWay.DEVICE_CODE, is_demanded=False)
