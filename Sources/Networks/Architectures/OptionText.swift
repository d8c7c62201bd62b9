/// `name:key=value,key=value`: a thing and its options in one word, as architectures, schedules and defences are asked for.
package struct OptionText: Hashable, Sendable {
  /// A part that is not `key=value`, or whose key was there before.
  package struct Malformed: Error, Hashable {
    /// The part.
    package let item: String
  }

  /// What stands before the colon, in lower case: names may be typed in any.
  package let name: String
  /// The values by their keys.
  package let values: [String: String]

  /// Reads a text.
  package init(_ text: String) throws(Malformed) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = parts[0].lowercased()
    var values: [String: String] = [:]
    for item in parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2, values.updateValue(pair[1], forKey: pair[0]) == nil else {
        throw Malformed(item: String(item))
      }
    }
    self.values = values
  }
}
