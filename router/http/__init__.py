"""Orders over HTTP, for apps that are not Python: `pointsman http`. Behind it is the same router, with every rule.

Needs the extra ``http``. Read in this order: tokens (who may do what), problems (errors as they are told), limits (what
a request may cost), orders, reads and events (the routes), app (put together), server (started and stopped).
"""
