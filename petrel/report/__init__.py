"""The report of a backtest: one HTML file, whole in itself.

`content` is what it shows, `page` the document, in the colours of `style`. `course_chart` draws a
key over time as SVG, `sweep_chart` the settings that were tried, both by a `scale`. Texts of
documents are hostile: all that goes into the page is escaped there, and the page allows neither
scripts nor anything from elsewhere.
"""
