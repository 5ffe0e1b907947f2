"""What both servers of this Space offer: a stream of server-sent events and a WebSocket echo."""
import asyncio

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

router = APIRouter()


@router.get("/stream")
async def stream(count: int = 5, interval: float = 0.2):
    async def events():
        for number in range(min(count, 1000)):
            yield f"id: {number}\ndata: tick {number}\n\n"
            await asyncio.sleep(min(interval, 10))

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


@router.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        pass
