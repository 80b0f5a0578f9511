"""Holds the gate against an exchange that counts strictly: how much of a limit is used, and is it ever overstepped?"""
