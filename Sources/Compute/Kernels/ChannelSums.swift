/// Sums per channel over a row-major batch, in double precision.
enum ChannelSums {
  /// Calls `body` with Σ a and Σ a·b for every channel.
  static func sum(
    _ a: UnsafePointer<Float>, times b: UnsafePointer<Float>, batch: Int, channels: Int, area: Int,
    _ body: (_ channel: Int, _ sum: Double, _ product: Double) -> Void
  ) {
    for channel in 0..<channels {
      var (sum, product) = (0.0, 0.0)
      for example in 0..<batch {
        let start = (example * channels + channel) * area
        for place in start..<start + area {
          sum += Double(a[place])
          product += Double(a[place]) * Double(b[place])
        }
      }
      body(channel, sum, product)
    }
  }
}
