"""What runs beside Redis: the exchange layer, the executor and the Celery app."""
