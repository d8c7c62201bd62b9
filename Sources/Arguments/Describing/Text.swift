import Wording

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

  /// The closest candidate, where it differs by fewer than four edits; the first of equally close ones.
  package func closest(among candidates: [String]) -> String? {
    candidates.map { (text: $0, distance: editDistance(to: $0)) }
      .filter { $0.distance < 4 }
      .min { $0.distance < $1.distance }?.text
  }
}
