/// What one may have meant who typed a name that is not known.
package struct NearestNames: Hashable, Sendable, CustomStringConvertible {
  /// At most three names, the nearest first.
  package let names: [String]

  /// The names out of `known` that begin alike, or that differ in at most half of their letters; case does not count.
  package init(to name: String, among known: [String]) {
    let typed = name.lowercased()
    let ranked = known.enumerated().map { index, candidate in
      let isBeginning = typed.count > 1 && candidate.lowercased().hasPrefix(typed)
      let distance = candidate.lowercased().editDistance(to: typed)
      return (name: candidate, index: index, rank: isBeginning ? min(distance, 1) : distance)
    }
    let near = ranked.filter { $0.rank * 2 <= max($0.name.count, typed.count) }
      .sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }
    // What is much farther than the nearest was not meant.
    names = near.filter { $0.rank <= near[0].rank + 1 }.prefix(3).map(\.name)
  }

  /// `Did you mean 'a', 'b' or 'c'?`, or nothing.
  package var description: String {
    guard let last = names.last else { return "" }
    let others = names.dropLast().map { "'\($0)'" }.joined(separator: ", ")
    return "Did you mean " + (others.isEmpty ? "" : others + " or ") + "'\(last)'?"
  }

  /// What to tell who typed a name that is not known: the nearest names, and all of them where they are few.
  package static func advice(for name: String, among known: [String]) -> String {
    let nearest = NearestNames(to: name, among: known)
    let isShort = known.count <= (nearest.names.isEmpty ? 20 : 5)
    let all = isShort ? "There are \(known.joined(separator: ", "))." : ""
    return [nearest.description, all].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
