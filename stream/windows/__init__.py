"""Pure: values in, values out, no engine and no clock.

`buckets` sums minutes to windows, and `window_closing` says which ones a key emits. `cells` are
what detection holds of a second or a minute, `recent_minutes` the last hour of a key. `past` is
what is remembered of it: a level, a `rhythm`, and how much it varies (`dispersion`). `horizons`
says what that makes usual of each window, `spike_rule` (over `tail_probabilities`) how improbable
one is, and `alarm_budget` how improbable it must be.
`alert_states` opens, escalates and resolves, and `key_evaluation` puts these together for one key.
`checks` says which keys are due, and `key_cap` how many keys senders may make.
"""
