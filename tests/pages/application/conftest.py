"""Two more clients for these tests."""

from tests.pages.application.code_flow_steps import app

__all__ = ["app"]
