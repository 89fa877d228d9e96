"""REST for chat: everything that a person does with rooms and messages, under ``/api/v1``."""
