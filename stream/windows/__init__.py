"""Pure: values in, values out, no engine and no clock. Times are whole minutes.

`watermark` separates on-time from late, `buckets` sums minutes to windows, `spike_rule` (over
`tail_probabilities`) judges a window, `alert_states` opens, escalates and resolves. For one key
`key_snapshot` is what the store holds, `key_evaluation` its alert transitions, and `closing` puts
the parts together.
"""
