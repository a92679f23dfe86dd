"""FastAPI: POST /sign-in starts a background task, and GET /sign-in has its code and then its result.

PAIR_ISSUER=https://pair.example PAIR_CLIENT_ID=lobby-tv uvicorn fastapi_task:app
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import pairgrant

tasks: set[asyncio.Task[None]] = set()
state = {"state": "signed_out"}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    issuer, client_id = os.environ["PAIR_ISSUER"], os.environ["PAIR_CLIENT_ID"]
    async with pairgrant.Client(issuer, client_id) as app.state.client:
        yield
        await stop()


app = FastAPI(lifespan=lifespan)


async def stop() -> None:
    for task in tasks:
        task.cancel()  # a code that is still shown is cancelled at the server
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()


async def sign_in() -> None:
    try:
        async with app.state.client.pair() as pairing:
            state.update(state="pending", open=pairing.verification_uri, enter=pairing.user_code)
            await pairing.tokens()
        state.update(state="signed_in")  # from now on: httpx.AsyncClient(auth=app.state.client.auth())
    except pairgrant.PairgrantError as error:  # access_denied, expired_token, unreachable, …
        state.update(state=error.code, message=str(error))


@app.post("/sign-in", status_code=202)
async def begin() -> None:
    await stop()
    state.update(state="starting")
    tasks.add(asyncio.create_task(sign_in()))


@app.get("/sign-in")
async def current() -> dict[str, str]:
    return state
