"""Parlour: persistent group chat for organisations."""
