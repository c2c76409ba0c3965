"""One request and its answer on the wire, and whether a byte of it was written; the only room that speaks HTTP."""
