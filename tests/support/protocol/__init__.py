"""The protocol in a box: the real executor, reconciler and scripts, with time, exchange and every interruption ours."""
