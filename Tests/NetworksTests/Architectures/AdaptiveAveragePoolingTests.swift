import Networks
import Testing

@Suite struct AdaptiveAveragePoolingTests {
  /// The scalars that each output of PyTorch's `adaptive_avg_pool1d` of a unit matrix is a mean of.
  @Test(arguments: [
    (3, 7, [0..<1, 0..<1, 0..<2, 1..<2, 1..<3, 2..<3, 2..<3]),
    (10, 7, [0..<2, 1..<3, 2..<5, 4..<6, 5..<8, 7..<9, 8..<10]),
    (2, 7, [0..<1, 0..<1, 0..<1, 0..<2, 1..<2, 1..<2, 1..<2]),
  ])
  func unevenWindowsArePyTorchs(extent: Int, count: Int, windows: [Range<Int>]) {
    #expect(AdaptiveWindows(extent: extent, count: count) == .uneven(windows))
  }

  /// The same of (8, 7): 0..<2, 1..<3, …; (15, 7): 0..<3, 2..<5, …; (7, 6): 0..<2, 1..<3, …; (13, 6): 0..<3, 2..<5, ….
  @Test func windowsOfOneSizeArePyTorchs() {
    #expect(AdaptiveWindows(extent: 8, count: 7) == .even(size: 2, stride: 1))
    #expect(AdaptiveWindows(extent: 15, count: 7) == .even(size: 3, stride: 2))
    #expect(AdaptiveWindows(extent: 7, count: 6) == .even(size: 2, stride: 1))
    #expect(AdaptiveWindows(extent: 13, count: 6) == .even(size: 3, stride: 2))
    #expect(AdaptiveWindows(extent: 14, count: 7) == .even(size: 2, stride: 2))
    #expect(AdaptiveWindows(extent: 5, count: 1) == .even(size: 5, stride: 5))
    #expect(AdaptiveWindows(extent: 3, count: 6) == .repeated(factor: 2))
    #expect(AdaptiveWindows(extent: 7, count: 7) == .repeated(factor: 1))
  }

  @Test(arguments: [
    (7, 7, []), (14, 14, ["pool"]), (8, 21, ["pool"]), (1, 1, ["pool.repeated"]), (1, 14, ["pool", "pool.repeated"]),
  ])
  func evenWindowsAreFewNodes(height: Int, width: Int, names: [String]) throws {
    var network = try Network(inputShape: [2, height, width])
    try network.adaptiveAveragePooling("pool", side: 7)
    #expect(network.outputShape == [2, 7, 7])
    #expect(network.nodes.dropFirst().map(\.name) == names)
  }
}
