"""How calls travel between processes: frames, codec, client, server; the HTTP/JSON door."""
