internal import CKernels
internal import Networks

/// Pooling over windows that lie inside the image; see `advlab_lane_pool`.
final class LanePooling {
  private let windows: advlab_lane_windows
  private let isMean: Int32
  // Keeps what the C struct points to.
  private let owned: [AnyObject]

  init(_ pooling: Pooling, blocks: Int, from input: LaneImage, to output: LaneImage) {
    isMean = pooling.kind == .max ? 0 : 1
    var positions: [(from: Int, to: Int)] = []
    for y in 0..<output.shape[1] {
      for x in 0..<output.shape[2] {
        positions.append((input.place(0, y * pooling.stride.height, x * pooling.stride.width), output.place(0, y, x)))
      }
    }
    let from = LaneTable(positions.map(\.from), blocks: blocks, distance: input.count)
    let place = LaneTable(positions.map(\.to), blocks: blocks, distance: output.count)
    let kernel = pooling.kernel
    let tap = LaneTable(
      (0..<kernel.height * kernel.width).map { $0 / kernel.width * input.columns + $0 % kernel.width })
    owned = [from, place, tap]
    windows = advlab_lane_windows(
      channels: input.shape[0], positions: from.count, taps: tap.count, from: from.pointer, place: place.pointer,
      tap: tap.pointer, from_channel: input.plane, place_channel: output.plane)
  }

  func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: windows) { advlab_lane_pool($0, input, output, isMean) }
  }

  /// `to` must hold zeros.
  func runBack(
    _ gradient: UnsafePointer<Float>, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
    to: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: windows) { advlab_lane_unpool($0, input, output, gradient, to, isMean) }
  }
}
