/// Series of numbers over a common axis, such as robust accuracy over the radius.
public struct Figure: Hashable, Sendable {
  /// A value at a place of the axis.
  public struct Point: Hashable, Sendable {
    /// The place on the horizontal axis.
    public let x: Double
    /// The value there.
    public let y: Double
    /// What the value may be as well, such as its 95 % interval.
    public let interval: ClosedRange<Double>?

    /// Creates a point.
    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      (self.x, self.y, self.interval) = (x, y, interval)
    }
  }

  /// How numbers are spread along the horizontal axis.
  public enum Scale: Hashable, Sendable {
    /// Equal differences are equally wide.
    case linear
    /// Equal ratios are equally wide; numbers that are not above 0 have no place.
    case logarithmic
  }

  /// How a series is drawn.
  public enum Style: Hashable, Sendable {
    /// A line from point to point.
    case line
    /// A bar from 0 up to each point: a histogram of bins of equal width.
    case bars
  }

  /// The points of one line.
  public struct Series: Hashable, Sendable {
    /// What is shown, such as an attack.
    public let label: String
    /// From left to right.
    public let points: [Point]
    /// How it is drawn.
    public let style: Style

    /// Creates a series; its points are put in order.
    public init(_ label: String, _ points: [Point], style: Style = .line) {
      (self.label, self.style) = (label, style)
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
  /// The scale of the horizontal axis.
  public let xScale: Scale

  /// Creates a figure.
  public init(_ title: String, xLabel: String, yLabel: String, xScale: Scale = .linear, _ series: [Series]) {
    (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
    self.xScale = xScale
  }
}
