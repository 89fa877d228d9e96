"""The same work for Parlour, ejabberd and Prosody, one after the other: what `make bench` runs.

- `work` says what is done, `targets` what is expected of it, `table` shows both;
- `peer` is what all servers have in common; `parlour` and `xmpp` have them, `postgres` has a database of theirs;
- `generator` runs the load generator, which is written in C (`generator/`), by the scripts in `scripts/`;
- `dialogs` opens the SIP dialogs that it takes over;
- `processes` pins and ends processes, `packages` sees that the peers are installed.
"""
