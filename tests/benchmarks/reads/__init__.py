"""What reads at scale cost, held against the limits' own minimum: `make bench-reads`."""
