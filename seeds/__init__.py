"""A fictional university and a deterministic season in the middle: reference data, people, hard cases, accounts."""
