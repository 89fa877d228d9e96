"""Thousands of clients in one process, and what they are for: a deployment in bulk, and a server that is watched.

- `world` makes a deployment with many people and rooms within seconds;
- `server` runs Parlour on it as a child process, pinned to a processor, and reads what it costs;
- `loop` has the connections (epoll, nothing else), `sip` and `websocket` the clients on them;
- `board` counts what they receive: lateness, loss, doubles, order;
- `gathering` brings many of them in, and sees whether all are up to date.

The clients do no more than they must: every byte that can be prepared is, and nothing is parsed beyond what is needed
to answer, to measure and to count.
"""
