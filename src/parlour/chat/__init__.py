"""The core: rooms, rights, messages and who is there. No sockets, no SQL, no clock of its own."""
