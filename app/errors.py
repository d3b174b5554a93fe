"""What stops a launch."""

from __future__ import annotations


class LaunchRefused(Exception):
    """One clear sentence for the person who launches.

    Raised before anything is written; the process prints the sentence and ends with exit code 2.
    """
