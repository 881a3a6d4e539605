"""A line between two servers that can be slow, lossy, or stalled."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What TCP makes of a packet that got lost: it comes again this much later.
AGAIN_SECONDS = 0.2


@dataclass
class Line:
    """`latency`: seconds each way; `loss`: share of packets that come late; `stalled`: nothing."""

    port: int = 0
    latency: float = 0.0
    loss: float = 0.0
    stalled: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Packets leave in the order in which they came, each after the time of its journey."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self.deliver(under_way, writer))
        try:
            while data := await reader.read(65536):
                late = 0.0
                while self.chance.random() < self.loss:
                    late += AGAIN_SECONDS
                under_way.put_nowait((time.monotonic() + self.latency + late, data))
            under_way.put_nowait((0.0, b""))
            await delivery
        except OSError:
            delivery.cancel()
        finally:
            writer.close()

    async def deliver(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.flowing()
            if not data:
                return
            writer.write(data)

    async def flowing(self) -> None:
        """Wait while the line is stalled; whoever stalls it does so from another thread."""
        while self.stalled:  # noqa: ASYNC110 - an Event belongs to one loop
            await asyncio.sleep(0.02)

    async def connect(
        self, goal: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", goal)
        except OSError:
            writer.close()
            return
        try:
            with suppress(asyncio.CancelledError):  # the line is taken down
                await asyncio.gather(self.carry(reader, far_writer), self.carry(far_reader, writer))
        finally:
            for end in (writer, far_writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()


@contextmanager
def line_to(goal: int) -> Iterator[Line]:
    """A line on a port of its own to the server at the port `goal`."""
    line, loop, ready = Line(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(
            lambda reader, writer: line.connect(goal, reader, writer), "127.0.0.1", 0
        )
        line.port = server.sockets[0].getsockname()[1]
        ready.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    task = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=[task], daemon=True)
    thread.start()
    ready.wait(5)
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(5)
        loop.close()
