"""Moving a module's data to another place while it serves."""
