/// Examples to look at: pictures with what is known of them. A terminal has no place for it.
public struct Gallery: Hashable, Sendable {
  /// A picture in PNG.
  public struct Picture: Hashable, Sendable {
    /// What it shows, for those who do not see it.
    public let title: String
    /// The bytes of the file.
    public let png: [UInt8]
    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int

    /// Creates a picture.
    public init(_ title: String, png: [UInt8], width: Int, height: Int) {
      (self.title, self.png, self.width, self.height) = (title, png, width, height)
    }
  }

  /// One example.
  public struct Item: Hashable, Sendable {
    /// Its name.
    public let title: String
    /// The class by which it can be chosen.
    public let kind: String
    /// The outcome by which it can be chosen.
    public let outcome: String
    /// The pictures, side by side.
    public let pictures: [Picture]
    /// What is known of it.
    public let facts: Facts

    /// Creates an example.
    public init(_ title: String, kind: String, outcome: String, _ pictures: [Picture], _ facts: Facts) {
      (self.title, self.kind, self.outcome) = (title, kind, outcome)
      (self.pictures, self.facts) = (pictures, facts)
    }
  }

  /// What the gallery shows.
  public let title: String
  /// The examples.
  public let items: [Item]

  /// Creates a gallery.
  public init(_ title: String, _ items: [Item]) {
    (self.title, self.items) = (title, items)
  }
}
