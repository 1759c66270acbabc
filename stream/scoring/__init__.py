"""An input record -> a scored record.

`pipeline` takes records through the types of `stages`: `parsing` makes a document of what a
decoder read, the watch list finds companies in it, `duplicates` finds the text it is a copy of
(`duplicates_log` tells of those that were forgotten early, and of ids that are used twice),
`predictor` runs the model on batches or takes over the scores of that text (`copied_scores`), with
`isolate` around it, and `scored_record` writes the result. `deletion_log` tells of records that
hold no document, but ask for the deletion of one.
`model_watcher` replaces the model while this goes on.
"""
