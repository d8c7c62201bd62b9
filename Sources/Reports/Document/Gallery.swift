/// Examples to look at: pictures with what is known of them.
public struct Gallery: Hashable, Sendable {
  /// A picture, and the same as a file in PNG.
  public struct Picture: Hashable, Sendable {
    /// What it shows, for those who do not see it.
    public let title: String
    /// The samples, row by row, those of a pixel side by side.
    public let samples: [UInt8]
    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// The same as a file.
    public let png: [UInt8]

    /// Creates a picture.
    ///
    /// - Precondition: there are one or three samples for each pixel.
    public init(_ title: String, _ samples: [UInt8], width: Int, height: Int, png: [UInt8]) {
      precondition([1, 3].contains { $0 * width * height == samples.count })
      (self.title, self.samples, self.width, self.height, self.png) = (title, samples, width, height, png)
    }

    /// 1 for grey, 3 for colours.
    public var channels: Int { samples.count / max(width * height, 1) }
  }

  /// An example at one of the gallery's stages.
  public struct View: Hashable, Sendable {
    /// The outcome by which it can be chosen; empty for none.
    public let outcome: String
    /// The pictures, side by side.
    public let pictures: [Picture]
    /// What is known of it.
    public let facts: Facts

    /// Creates a view.
    public init(outcome: String, _ pictures: [Picture], _ facts: Facts) {
      (self.outcome, self.pictures, self.facts) = (outcome, pictures, facts)
    }
  }

  /// One example.
  public struct Item: Hashable, Sendable {
    /// Its name.
    public let title: String
    /// The class by which it can be chosen; empty for none.
    public let kind: String
    /// It at every stage.
    public let views: [View]

    /// Creates an example.
    public init(_ title: String, kind: String, _ views: [View]) {
      (self.title, self.kind, self.views) = (title, kind, views)
    }
  }

  /// What the gallery shows.
  public let title: String
  /// The stages through which the reader can go, such as radii: at least one.
  public let stages: [String]
  /// The examples.
  public let items: [Item]

  /// Creates a gallery.
  ///
  /// - Precondition: every example has a view for each stage.
  public init(_ title: String, stages: [String], _ items: [Item]) {
    precondition(!stages.isEmpty && items.allSatisfy { $0.views.count == stages.count })
    (self.title, self.stages, self.items) = (title, stages, items)
  }
}
