"""Breaks things on purpose while orders run, then counts every order: real processes, a schedule made from a seed."""
