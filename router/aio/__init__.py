"""The router for asyncio: the logic of `router.client`, with its waits on Redis given to the event loop.

Needs the extra ``asyncio``. Read in this order: bridge (how synchronous code waits on a loop), redis (its client),
waiting (the ends of commands), client (the face).
"""
