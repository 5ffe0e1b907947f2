"""An app that sends events and counts on nothing: each one only when the client has said that it has the one before."""
import asyncio

from origin import Origin
from wire import head

PATIENCE = 10


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n".encode()


class EventApp:
    """Events 1 to `last`, from any of two addresses. `breaks` says what happens behind an event: a function of a call, which says whether
    the stream is over with that."""

    def __init__(self, last, breaks):
        self.last, self.breaks = last, breaks
        self.asked, self.seen, self.problems = [], [], []  # asked: the Last-Event-ID of each stream
        self.origins = [Origin(), Origin()]
        for one in self.origins:
            one.script.update({"/events": self.stream, "/seen": self.take})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.origins:
            one.stop()

    async def take(self, call):
        await call.body()
        self.seen.append(int(call.message.target.split("id=")[1]))
        await call.answer()

    async def has_seen(self, number):
        clock = asyncio.get_running_loop().time
        end = clock() + PATIENCE
        while number not in self.seen and clock() < end:
            await asyncio.sleep(0.002)
        return number in self.seen

    async def stream(self, call):
        await call.body()
        last = int(call.message.get("last-event-id") or 0)
        self.asked.append(last)
        await call.send(head(fields="Content-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n") + chunk("retry: 50\n\n"))
        for number in range(last + 1, self.last + 1):
            await call.send(chunk(f"id: {number}\ndata: event {number}\n\n"))
            if not await self.has_seen(number):
                self.problems.append(f"event {number} was not seen within {PATIENCE} s")
                return call.reset()
            breaks = self.breaks.pop(number, None)
            if breaks and await breaks(call):
                return call.close()
        await call.send(chunk("event: end\ndata: -\n\n") + b"0\r\n\r\n")

    # What may happen behind an event.

    @staticmethod
    async def ends(call):
        await call.send(b"0\r\n\r\n")
        return True

    @staticmethod
    async def is_reset(call):
        call.reset()
        return True

    @staticmethod
    async def is_cut_inside_an_event(call):
        """What has come of it must not be taken for an event."""
        await call.send(chunk("id: 99\ndata: never"))
        return True

    @staticmethod
    async def dies(call):
        """Whoever listens at this address is gone, with all connections; the other takes over."""
        origin = call.connection.origin
        origin.server.close()
        for writer in list(origin.open):
            writer.transport.abort()
        return True

    @staticmethod
    def outside(action, over):
        """Something that the test does, which must not hold the app's loop."""
        async def happens(_):
            await asyncio.get_running_loop().run_in_executor(None, action)
            return over
        return happens
