"""How fast the desk is: over HTTP, on a full season, on both databases. Nothing here fails on a slow machine."""
