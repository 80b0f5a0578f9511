"""What operators measure: the event stream counted, the state of the house read, both served to Prometheus."""
