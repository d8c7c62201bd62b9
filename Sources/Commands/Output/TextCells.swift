internal import Reports

// For tables whose cells are still written as texts.

extension Table {
  mutating func append(_ texts: [String]) { append(texts.map(Cell.text)) }
}

extension TableLayout {
  func line(_ texts: [String]) -> String { line(texts.map(Cell.text)) }
}
