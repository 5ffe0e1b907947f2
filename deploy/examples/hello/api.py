"""The second server, on 127.0.0.1:8000 only: a route of the Space sends /api here, with the prefix taken off."""
from fastapi import FastAPI, Request

from traffic import router

app = FastAPI(title="hello api")
app.include_router(router)


@app.get("/hello")
def hello(request: Request, name: str = "world"):
    return {"message": f"hello, {name}", "path": request.url.path,
            "prefix": request.headers.get("x-forwarded-prefix", ""), "server": "127.0.0.1:8000"}
