"""A device whose polls the server holds (RFC 7240, ``Prefer: wait``)."""

import httpx


async def held_until_decided(client: httpx.AsyncClient, url: str, poll: dict[str, str]) -> httpx.Response:
    """The first response that isn't ``authorization_pending``.

    A device polls again when the server has held a poll for as long as it may, so a person may take their
    time, and so may a busy machine.
    """
    while True:
        response = await client.post(url, data=poll, headers={"prefer": "wait=30"})
        if response.is_success or response.json().get("error") != "authorization_pending":
            return response
