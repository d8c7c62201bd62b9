import Networks
import Reference
import Testing

/// PyTorch's definition: output (r, c) is the mean of rows ⌊r·H/side⌋ to before ⌈(r + 1)·H/side⌉ and of such columns.
private func means(of image: [Double], height: Int, width: Int, side: Int) -> [Double] {
  func window(_ index: Int, _ extent: Int) -> Range<Int> {
    index * extent / side..<Int((Double((index + 1) * extent) / Double(side)).rounded(.up))
  }
  return (0..<side * side).map { index in
    let (rows, columns) = (window(index / side, height), window(index % side, width))
    let sum = rows.reduce(0.0) { sum, row in columns.reduce(sum) { $0 + image[row * width + $1] } }
    return sum / Double(rows.count * columns.count)
  }
}

/// All heights up to more than twice the side, each with widths of other kinds of windows. A mean of means is the mean
/// of the window up to rounding of doubles.
@Test(arguments: 1...16) func adaptivePoolingIsAMeanPerWindow(height: Int) throws {
  for width in [1, 3, 8, 10] {
    var network = try Network(inputShape: [1, height, width])
    try network.adaptiveAveragePooling("pool", side: 7)
    guard network.nodes.count > 1 else { continue }
    let model = try ReferenceModel(network: network, parameters: ParameterSet())
    // Unlike its neighbours in every row and column.
    let image = (0..<height * width).map { Double($0 * $0 % 31) - 15 }
    let expected = means(of: image, height: height, width: width, side: 7)
    let worst = zip(model(image), expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-13, "\(height)×\(width) differs by \(worst)")
  }
}
