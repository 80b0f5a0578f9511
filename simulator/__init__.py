"""A local crypto exchange over HTTP: real signatures, filters, balances and limits, and faults on demand.

It speaks each exchange's own dialect over one matching engine and imports neither `router` nor `workers`:
with shared models both sides of a test could be wrong in the same way.
"""
