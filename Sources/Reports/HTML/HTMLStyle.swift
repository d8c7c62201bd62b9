/// The style sheet of reports. Colours of both schemes keep a contrast of 4.5 and more for text, and 3 for lines of plots.
enum HTMLStyle {
  /// The colours of the series of a plot, by their numbers; dashes tell them apart in black and white.
  static let seriesCount = 6

  /// The colours of both schemes by their names.
  static let colors = """
    :root { color-scheme: light dark; --back: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de;
      --warn: #8a3b00; --warn-back: #fff4e5; --s0: #0b62c4; --s1: #b3261e; --s2: #19703a; --s3: #7a3fb8;
      --s4: #8a5a00; --s5: #00707a; }
    @media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6edf3; --soft: #9da7b3; --line: #3d444d;
      --warn: #ffb77c; --warn-back: #3a2815; --s0: #6cb2ff; --s1: #ff8f87; --s2: #6fd08c; --s3: #c99bff;
      --s4: #e2b256; --s5: #5fd0da; } }
    @media print { :root { color-scheme: light; --back: #ffffff; --text: #000000; --soft: #333333; --line: #999999; } }
    """

  /// How plots are drawn.
  static let plots = """
    svg text { fill: var(--text); font-size: 12px; }
    svg .grid { stroke: var(--line); stroke-width: 1; }
    svg .series { fill: none; stroke-width: 2; }
    svg .band { fill-opacity: 0.15; stroke-opacity: 0.15; stroke-width: 1; }
    """

  static let sheet = """
    \(colors)
    \(plots)
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.6rem; margin: 0.5rem 0 1rem; }
    table { border-collapse: collapse; margin: 0.5rem 0; }
    caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
    th, td { padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; vertical-align: top; }
    thead th { border-bottom: 2px solid var(--line); }
    tbody tr + tr td { border-top: 1px solid var(--line); }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    thead .number { white-space: normal; }
    .facts { margin-bottom: 1rem; }
    .facts tbody tr + tr td { border: 0; }
    .facts th { color: var(--soft); font-weight: 400; white-space: nowrap; }
    p, .notes li, .facts td, dd { overflow-wrap: anywhere; }
    .wide { overflow-x: auto; }
    .notes { color: var(--soft); margin: 0 0 1rem; padding-left: 1.2rem; }
    .warning, .warning th { color: var(--warn); }
    p.warning { background: var(--warn-back); border-left: 4px solid var(--warn); padding: 0.5rem 0.75rem; }
    figure { margin: 1rem 0; }
    figcaption { font-weight: 600; }
    .gallery ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1rem; }
    .gallery li { border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem; break-inside: avoid; min-width: 0; }
    .gallery li[hidden] { display: none; }
    .gallery h3 { font-size: 1rem; margin: 0 0 0.5rem; }
    .gallery figure { display: inline-block; margin: 0 0.5rem 0 0; max-width: 100%; }
    .gallery figcaption { color: var(--soft); font-size: 0.75rem; font-weight: 400; }
    .gallery img { display: block; image-rendering: pixelated; max-width: 100%; height: auto; }
    .gallery dl { display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; margin: 0.5rem 0 0; font-size: 0.875rem; }
    .gallery dt { color: var(--soft); }
    .gallery dd { margin: 0; }
    .choice label { margin-right: 1rem; }
    .choice [hidden], .gallery div[hidden] { display: none; }
    .view h4 { font-size: 0.875rem; margin: 0.5rem 0 0.25rem; }
    @media print { .choice { display: none; } }
    svg { max-width: 100%; height: auto; }
    .summary { font-size: 1.125rem; }
    .matrix td { text-align: right; padding: 0.25rem 0.5rem; font-variant-numeric: tabular-nums; }
    .matrix thead th { text-align: right; padding-right: 0.5rem; }
    .matrix thead th:first-child { text-align: left; }
    \(shades)
    """

  /// How many shades of cells there are, besides none.
  static let shadeCount = 8

  /// Text keeps its contrast on all of them.
  private static let shades = (1...shadeCount).map { shade in
    ".matrix .h\(shade) { background: color-mix(in srgb, var(--s0) \(shade * 5)%, transparent); }"
  }.joined(separator: "\n")
}
