"""What is measured, and how: `make bench` prints a table and writes `bench/results.json`."""
