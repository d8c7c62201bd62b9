extension String {
  /// `epsilonRadius` and `EpsilonRadius` become `epsilon-radius`, `URLPath` becomes `url-path`.
  package var kebabCased: String {
    let characters = Array(self)
    var result = ""
    for (index, character) in characters.enumerated() {
      guard character.isUppercase else {
        result.append(character == "_" ? "-" : character)
        continue
      }
      let startsWord = index > 0 && !characters[index - 1].isUppercase
      let endsAcronym = index > 0 && index + 1 < characters.count && characters[index + 1].isLowercase
      if (startsWord || endsAcronym) && result.last != "-" { result.append("-") }
      result += character.lowercased()
    }
    return result
  }

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

  /// Levenshtein distance.
  package func editDistance(to other: String) -> Int {
    let target = Array(other)
    var row = Array(0...target.count)
    for (index, character) in self.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in target.indices {
        let substitution = diagonal + (target[column] == character ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(substitution, row[column] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }

  /// The candidate that differs by fewer than four edits and least of all; among equals the first.
  package func closest(among candidates: [String]) -> String? {
    candidates.map { (text: $0, distance: editDistance(to: $0)) }
      .filter { $0.distance < 4 }
      .min { $0.distance < $1.distance }?.text
  }
}

extension Substring {
  fileprivate func broken(at width: Int) -> [Substring] {
    var lines: [Substring] = []
    var rest = self
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
