/// Changes of a limited number of scalars: the radius, rounded down.
enum L0Ball: Ball {
  /// Keeps the changes that matter most and undoes the others.
  ///
  /// Undoing the change v costs v², keeping it (clipped to the box) costs the square of what is clipped off; the
  /// changes with the largest difference stay, of equal ones the first.
  static func project(
    _ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>, radius: Float,
    in box: some PixelEnds
  ) {
    var changed: [(gain: Double, index: Int)] = []
    for index in point.indices {
      let wanted = Double(point[index]) - Double(center[index])
      point[index] = clamp(point[index], box.lower(index), box.upper(index))
      guard point[index] != center[index] else { continue }
      let clipped = wanted - (Double(point[index]) - Double(center[index]))
      changed.append((wanted * wanted - clipped * clipped, index))
    }
    let limit = count(radius)
    guard changed.count > limit else { return }
    changed.sort { ($1.gain, $0.index) < ($0.gain, $1.index) }
    for (gain, index) in changed.dropFirst(limit) where !gain.isNaN { point[index] = center[index] }
  }

  /// Moves the scalars that gain most, `stepSize` of them (rounded down), to the end of the box that their gradient
  /// points to.
  static func ascend(
    _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, stepSize: Float,
    in box: some PixelEnds
  ) {
    var movable: [(gain: Double, index: Int)] = []
    for index in point.indices {
      let room = L1Ball.room(index, point[index], gradient[index], box)
      if room > 0 { movable.append((Double(room) * abs(Double(gradient[index])), index)) }
    }
    movable.sort { ($1.gain, $0.index) < ($0.gain, $1.index) }
    for (_, index) in movable.prefix(count(stepSize)) {
      point[index] = gradient[index] > 0 ? box.upper(index) : box.lower(index)
    }
  }

  /// Gives as many scalars as the radius allows, each set of them equally likely, uniform values of the box.
  static func sample(
    _ point: UnsafeMutableBufferPointer<Float>, radius: Float, in box: some PixelEnds, stream: inout RandomStream
  ) {
    for index in stream.permutation(point.count).prefix(count(radius)) {
      point[index] = stream.uniform(in: box.lower(index)...box.upper(index))
    }
  }

  /// The number of scalars that a radius stands for.
  static func count(_ radius: Float) -> Int {
    radius > 0 ? Int(exactly: radius.rounded(.down)) ?? .max : 0
  }
}
