extension String {
  /// Breaks long lines at spaces; `indent` is put before every line and counts in `columns`.
  ///
  /// Line breaks and the spaces at the start of a line are kept, so that examples keep their shape.
  package func wrapped(to columns: Int, indent: Int = 0) -> String {
    // A terminal narrower than the description column still gets a column of words.
    let width = Swift.max(columns - indent, 20)
    let margin = String(repeating: " ", count: indent)
    return split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { $0.broken(at: width) }
      .map { $0.isEmpty ? "" : margin + $0 }
      .joined(separator: "\n")
  }
}

extension StringProtocol where SubSequence == Substring {
  /// The lines of at most so many characters into which spaces can break this text. A word is never broken.
  package func broken(at width: Int) -> [Substring] {
    var lines: [Substring] = []
    var rest = self[...]
    while rest.count > width {
      let start = rest.firstIndex { $0 != " " } ?? rest.startIndex
      // A word that ends exactly at the margin is followed by a space one further.
      let reach = rest.prefix(width + 1)
      let space = start < reach.endIndex ? reach[start...].lastIndex(of: " ") : nil
      guard let cut = space ?? rest[start...].firstIndex(of: " ") else { break }
      lines.append(rest[..<cut])
      rest = rest[rest.index(after: cut)...]
    }
    return lines + [rest]
  }
}
