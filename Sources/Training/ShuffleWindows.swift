/// How images are shuffled for an epoch.
///
/// Images in memory are one window: every order is as likely as any other. Of images in a file the ranges in which it is
/// read are shuffled; as many of them as memory has room for are a window, and the images of a window are shuffled. So a
/// file is read once in an epoch, in large pieces, even where it holds one class after the other.
public struct ShuffleWindows: Hashable, Sendable {
  /// The ranges of indices that are read together, ascending and without gaps.
  public let ranges: [Range<Int>]
  /// The number of ranges in a window.
  public let rangesPerWindow: Int

  /// Creates windows.
  ///
  /// - Precondition: `rangesPerWindow > 0`.
  public init(ranges: [Range<Int>], rangesPerWindow: Int) {
    precondition(rangesPerWindow > 0, "a window of \(rangesPerWindow) ranges")
    (self.ranges, self.rangesPerWindow) = (ranges, rangesPerWindow)
  }

  /// One window of all images.
  public init(count: Int) {
    self.init(ranges: count > 0 ? [0..<count] : [], rangesPerWindow: 1)
  }

  /// The number of images.
  public var count: Int { ranges.last?.upperBound ?? 0 }

  /// The number of windows.
  public var windowCount: Int { (ranges.count + rangesPerWindow - 1) / rangesPerWindow }
}
