internal import CKernels
internal import Networks

/// A convolution or a dense layer, or the input gradient of one, as sums over windows; see `advlab_lane_sum`.
final class LaneSums {
  /// Offsets and weights, for one block of examples.
  struct Description {
    /// The offset of each position's window, and that of its sums.
    var positions: [(from: Int, to: Int)] = []
    /// The offset of each tap within its window, and what the tap adds to the index of a weight.
    var taps: [(place: Int, weight: Int)] = []
    /// What each filter adds to the offset of its sums, and what it adds to the index of a weight.
    var filters: [(place: Int, weight: Int)] = []
  }

  private let sums: advlab_lane_sums
  // Keeps what the C struct points to.
  private let owned: [AnyObject]

  /// `input` and `output` are the vectors of a block's input and output; the biases are one for each filter.
  init(
    _ description: Description, blocks: Int, input: Int, output: Int, weight: ParameterKey, bias: ParameterKey? = nil,
    store: WeightStore
  ) throws {
    let (taps, filters) = (description.taps, description.filters)
    let together = Self.filtersTogether(of: filters.count)
    let rounded = (filters.count + together - 1) / together * together
    let weights = try store.packed(
      weight,
      sources: (0..<rounded * taps.count).map { index in
        let filter = index / (taps.count * together) * together + index % together
        return filter < filters.count ? filters[filter].weight + taps[index / together % taps.count].weight : -1
      })
    let biases = try bias.map {
      try store.packed($0, sources: (0..<rounded).map { $0 < filters.count ? $0 : -1 })
    }
    let from = LaneTable(description.positions.map(\.from), blocks: blocks, distance: input)
    let place = LaneTable(description.positions.map(\.to), blocks: blocks, distance: output)
    let tap = LaneTable(taps.map(\.place))
    let filter = LaneTable(filters.map(\.place))
    owned = [weights, from, place, tap, filter] + [biases].compactMap(\.self)
    sums = advlab_lane_sums(
      positions: from.count, taps: taps.count, filters: filters.count, from: from.pointer, place: place.pointer,
      tap: tap.pointer, filter: filter.pointer, filter_block: together, weights: weights.floats, biases: biases?.floats)
  }

  /// The largest of the kernel's block sizes that is not mostly padding.
  private static func filtersTogether(of count: Int) -> Int {
    count == 1 ? 1 : count < 9 ? 4 : 12
  }

  func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, rectifies: Bool = false) {
    withUnsafePointer(to: sums) { advlab_lane_sum($0, input, output, rectifies ? 1 : 0) }
  }
}

extension LaneSums.Description {
  /// A convolution `[O, I, KH, KW]`.
  init(_ convolution: Convolution, from input: LaneImage, to output: LaneImage) {
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    for y in 0..<output.shape[1] {
      for x in 0..<output.shape[2] {
        // The halo is at least as wide as the padding, so this lies inside the image's memory.
        let corner = input.place(
          0, y * stride.height - convolution.padding.top, x * stride.width - convolution.padding.left)
        positions.append((corner, output.place(0, y, x)))
      }
    }
    for channel in 0..<input.shape[0] {
      for tap in 0..<kernel.height * kernel.width {
        let place = tap / kernel.width * dilation.height * input.columns + tap % kernel.width * dilation.width
        taps.append((channel * input.plane + place, channel * kernel.height * kernel.width + tap))
      }
    }
    let filterSize = input.shape[0] * kernel.height * kernel.width
    filters = (0..<output.shape[0]).map { ($0 * output.plane, $0 * filterSize) }
  }

  /// A dense layer `[O, I]` on an image whose scalars it reads in an order of the axes.
  init(dense order: AxisOrder, from input: LaneImage, to output: LaneImage) {
    positions = [(0, 0)]
    taps = input.places(order).enumerated().map { ($0.element, $0.offset) }
    filters = output.places().enumerated().map { ($0.element, $0.offset * input.shape.count) }
  }

  /// The input gradient of a dense layer.
  init(denseGradient order: AxisOrder, from output: LaneImage, to input: LaneImage) {
    positions = [(0, 0)]
    taps = output.places().enumerated().map { ($0.element, $0.offset * input.shape.count) }
    filters = input.places(order).enumerated().map { ($0.element, $0.offset) }
  }

  /// The input gradient of a convolution at the pixels whose row and column are `row` and `column` beyond a multiple of
  /// the stride: the same taps reach all of them. `nil` where no tap does, and the gradient is zero.
  init?(gradientOf convolution: Convolution, row: Int, column: Int, from output: LaneImage, to input: LaneImage) {
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    for (line, y) in Swift.stride(from: row, to: input.shape[1], by: stride.height).enumerated() {
      for (step, x) in Swift.stride(from: column, to: input.shape[2], by: stride.width).enumerated() {
        positions.append((output.place(0, line, step), input.place(0, y, x)))
      }
    }
    for filter in 0..<output.shape[0] {
      for tap in 0..<kernel.height * kernel.width {
        let y = row + convolution.padding.top - tap / kernel.width * dilation.height
        let x = column + convolution.padding.left - tap % kernel.width * dilation.width
        guard y % stride.height == 0, x % stride.width == 0 else { continue }
        let place = filter * output.plane + y / stride.height * output.columns + x / stride.width
        taps.append((place, filter * input.shape[0] * kernel.height * kernel.width + tap))
      }
    }
    filters = (0..<input.shape[0]).map { ($0 * input.plane, $0 * kernel.height * kernel.width) }
    if taps.isEmpty { return nil }
  }
}
