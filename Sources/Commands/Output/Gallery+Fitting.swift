internal import Reports

extension Gallery {
  /// The most examples that are chosen of one outcome.
  static let mostOfOneOutcome = 40
  /// Bytes of all pictures, so that a page stays below 5 MB.
  private static let mostBytes = 3 << 20

  /// A gallery of the first examples, as far as their pictures fit into a page.
  init<Element>(
    _ title: String, stages: [String], fitting elements: some Sequence<Element>, item: (Element) throws -> Item?
  ) rethrows {
    var (items, bytes) = ([Item](), 0)
    for element in elements {
      guard let item = try item(element) else { continue }
      bytes += item.views.reduce(0) { $0 + $1.pictures.reduce(0) { $0 + $1.png.count } }
      guard bytes <= Self.mostBytes else { break }
      items.append(item)
    }
    self.init(title, stages: stages, items)
  }
}
