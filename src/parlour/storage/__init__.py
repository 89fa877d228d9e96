"""Durable state: one schema, units of work in threads, group commit."""
