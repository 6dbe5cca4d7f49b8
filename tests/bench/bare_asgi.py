"""The limit of a report over HTTP: an endpoint that inserts its body and commits, and nothing else."""

import os
from typing import Any

from psycopg_pool import AsyncConnectionPool

_pool: AsyncConnectionPool | None = None


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if scope["method"] == "POST":
        pool = await _opened()
        async with pool.connection() as connection:
            await connection.execute(
                "INSERT INTO bench_raw (writer, body, at) VALUES (0, %s, now())",
                [body.decode()],
                prepare=True,
            )
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _opened() -> AsyncConnectionPool:
    global _pool
    if _pool is None:
        _pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=8, max_size=8, open=False)
        await _pool.open()
    return _pool
