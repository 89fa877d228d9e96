"""The live connection: a WebSocket on which people take part in rooms (docs/reference/websocket.md)."""
