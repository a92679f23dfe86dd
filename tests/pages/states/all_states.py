"""The registry, filled."""

from tests.pages.states import account, application, code_entry, consent, errors, outcomes, sign_in
from tests.pages.states.registry import STATES

__all__ = ["STATES", "account", "application", "code_entry", "consent", "errors", "outcomes", "sign_in"]
