"""The yardstick: a bare Starlette response behind the same server settings."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cunli.web import server


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


app = Starlette(routes=[Route("/", hello)])

if __name__ == "__main__":
    workers = int(sys.argv[2])
    port = int(sys.argv[1])
    if workers == 1:
        uvicorn.Server(server.config(app, host="127.0.0.1", port=port)).run()
    else:
        from uvicorn.supervisors import Multiprocess

        config = server.config("bench.bare:app", host="127.0.0.1", port=port, workers=workers)
        Multiprocess(config, sockets=[config.bind_socket()]).run()
