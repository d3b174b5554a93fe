"""What must hold when processes are killed, stopped, and starved."""
