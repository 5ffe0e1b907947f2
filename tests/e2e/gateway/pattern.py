"""Bodies of any length that are known at every byte, so that nobody has to keep them: what is lost, doubled or moved shows."""
import random

PERIOD = 1048573  # a prime: no size of a buffer divides it
BLOCK = random.Random(7).randbytes(PERIOD)
TWICE = memoryview(BLOCK + BLOCK)
PIECE = 1 << 18


def pieces(total, size=PIECE):
    """The whole body."""
    for offset in range(0, total, size):
        begin = offset % PERIOD
        yield TWICE[begin:begin + min(size, total - offset)]


class Check:
    """Fed a body in pieces, says how much of it came and whether it was right."""

    def __init__(self):
        self.size, self.right = 0, True

    def feed(self, data):
        view = memoryview(data)
        while len(view):
            begin = self.size % PERIOD
            part = view[:PERIOD]
            self.right = self.right and part == TWICE[begin:begin + len(part)]
            self.size += len(part)
            view = view[len(part):]


async def received(call):
    """Reads a request's body, stated or in chunks, without keeping it."""
    check, connection, message = Check(), call.connection, call.message

    async def take(size):
        while size:
            if not connection.buffer:
                await connection.more()
            part, connection.buffer = connection.buffer[:size], connection.buffer[size:]
            check.feed(part)
            size -= len(part)

    if message.get("content-length"):
        await take(int(message.get("content-length")))
    else:
        while size := int(await connection.line(), 16):
            await take(size)
            assert await connection.line() == b""
        assert await connection.line() == b""
    message.complete = True
    return check
