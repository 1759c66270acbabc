"""How the report looks, on light and on dark ground."""

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --faint: #667; --line: #d7dbe0;
  --negative: #c4364a; --band: #b9c7dd; --usual: #5c7599; --mood: #2b6cb0; --alert: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --text: #e4e7eb; --faint: #9aa4b0;
  --line: #363c44; --negative: #ef6f80; --band: #34445c; --usual: #8fa9d0; --mood: #6cb2f5;
  --alert: #f0a94a; } }
body { background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 .2rem; }
p { margin: .3rem 0; } .faint { color: var(--faint); }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--faint); }
.negative { fill: var(--negative); } .band { fill: var(--band); opacity: .6; }
.usual, .mood { fill: none; stroke: var(--usual); stroke-width: 1.2; }
.mood { stroke: var(--mood); } .axis { fill: none; stroke: var(--line); }
.alert { fill: var(--alert); } line.alert { stroke: var(--alert); stroke-dasharray: 3 3; }
table { border-collapse: collapse; margin: .6rem 0; } th, td { padding: .25rem .8rem .25rem 0;
  text-align: right; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums;
  white-space: nowrap; } th { color: var(--faint); font-weight: normal; }
.wide { overflow-x: auto; } .told { fill: var(--mood); } .right { fill: none; stroke: var(--alert);
  stroke-width: 1.5; }
details { border-top: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; }
ul { margin: .3rem 0 .5rem; padding-left: 1.3rem; } li { overflow-wrap: anywhere; }
.key svg { width: 1.6rem; height: .8rem; display: inline-block; vertical-align: middle; }
.key span { margin-right: 1.4rem; white-space: nowrap; }
"""
