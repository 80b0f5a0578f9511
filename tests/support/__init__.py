"""What the tests share: real processes, started and stopped."""
