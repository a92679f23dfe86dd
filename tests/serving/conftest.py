import pytest

from tests.serving.echoing_application import Application


@pytest.fixture(params=[False, True], ids=["in parts", "whole"])
async def application(request: pytest.FixtureRequest) -> Application:
    return Application(sends_whole=request.param)
