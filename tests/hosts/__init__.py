"""What runs on several machines, here as real processes beside each other: Sentinels, RabbitMQ, network namespaces."""
