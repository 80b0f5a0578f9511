"""The peers: what each one's worker runs, and how an app hands it orders. These files need the peers' environment."""
