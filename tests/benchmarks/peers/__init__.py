"""Pointsman beside its peers and beside the floor, in one run on one machine: `make bench`."""
