"""Benchmarks: ratios against named baselines, never assertions on time."""
