"""Watermarks, buckets, spikes and the states of alerts: values in, values out."""
