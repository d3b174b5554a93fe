"""Tests of hosts: where they are, who starts them, and how one calls another."""
