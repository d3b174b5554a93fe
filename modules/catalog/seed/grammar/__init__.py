"""What the demonstration store sells, a file a department: words, prices and sentences; no logic."""
