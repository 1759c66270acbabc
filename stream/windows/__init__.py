"""Pure: values in, values out, no engine and no clock.

`buckets` sums minutes to windows, and `window_closing` says which ones a key emits. `cells` are
what detection holds of a second or a minute, `sliding` a window that moves over them,
`recent_minutes` the last hour of a key, `spike_rule` (over `tail_probabilities`) judges a window,
`alert_states` opens, escalates and resolves, and `key_evaluation` puts these together for one key.
`checks` says which keys are due, `evaluator_cache` keeps those judged lately, and `key_cap` says
how many keys senders may make.
"""
