"""The journal's way to the head office: in order, complete, proved by its own chain.

A process of its own reads the journal beside the running terminal and never writes to it; a sale
waits for nothing that is here.  ``docs/head-office.md`` has the protocol.
"""
