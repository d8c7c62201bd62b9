/// Series of numbers over a common axis, such as robust accuracy over the radius.
public struct Figure: Hashable, Sendable {
  /// A value at a place of the axis.
  public struct Point: Hashable, Sendable {
    /// The place on the horizontal axis.
    public let x: Double
    /// The value there.
    public let y: Double

    /// Creates a point.
    public init(x: Double, y: Double) {
      (self.x, self.y) = (x, y)
    }
  }

  /// The points of one line.
  public struct Series: Hashable, Sendable {
    /// What is shown, such as an attack.
    public let label: String
    /// From left to right.
    public let points: [Point]

    /// Creates a series; its points are put in order.
    public init(_ label: String, _ points: [Point]) {
      self.label = label
      self.points = points.sorted { $0.x < $1.x }
    }
  }

  /// What the figure shows.
  public let title: String
  /// The name of the horizontal axis, with its unit.
  public let xLabel: String
  /// The name of the vertical axis, with its unit.
  public let yLabel: String
  /// The lines.
  public let series: [Series]

  /// Creates a figure.
  public init(_ title: String, xLabel: String, yLabel: String, _ series: [Series]) {
    (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
  }
}
