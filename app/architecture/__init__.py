"""The modules, and what binds them, as pictures and pages made from the code."""
