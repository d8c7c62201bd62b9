internal import CKernels
internal import Networks

extension WindowProducts {
  /// Multiplies the windows of images with a matrix for each group: a convolution.
  func gather(
    _ images: UnsafeBufferPointer<Double>, rows: Int, with matrices: [PackedMatrix],
    into positions: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = images.baseAddress, let to = positions.baseAddress else { return }
    let (atOnce, most) = (min(rows, imagesAtOnce), PackedMatrix.mostRows)
    let bytes =
      Scratch.byteCount(atOnce * imageCount) + Scratch.byteCount(most * positionChannels) + Scratch.byteCount(most)
    pool.withBlock(byteCount: bytes) { scratch in
      let held = scratch.piece(of: Double.self, atOnce * imageCount)
      let work = GatherWork(
        images: held, products: scratch.piece(of: Double.self, most * positionChannels),
        windows: scratch.piece(of: UnsafePointer<Double>?.self, most))
      // The padding stays zero; what is within is written anew.
      held.update(repeating: 0, count: atOnce * imageCount)
      for first in stride(from: 0, to: rows, by: max(atOnce, 1)) {
        for group in 0..<groups {
          let planes = from + first * windows.image.count + group * imageChannels * windows.image[1] * windows.image[2]
          let target = to + first * windows.positions.count + group * positionChannels * windows.area
          gather(planes, rows: min(atOnce, rows - first), with: matrices[group], work, into: target)
        }
      }
    }
  }

  /// One group of some rows, whose positions are multiplied `PackedMatrix.mostRows` at a time.
  private func gather(
    _ planes: UnsafePointer<Double>, rows: Int, with matrix: PackedMatrix, _ work: GatherWork,
    into target: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows { interleave(planes + row * windows.image.count, into: work.images + row * imageCount) }
    for start in stride(from: 0, to: rows * windows.area, by: PackedMatrix.mostRows) {
      let end = min(start + PackedMatrix.mostRows, rows * windows.area)
      forEachRow(of: start..<end) { place, row, range in
        let image = work.images + row * imageCount
        for position in range {
          work.windows[place - start + position - range.lowerBound] = UnsafePointer(image + bases[position])
        }
      }
      matrix.multiply(
        work.windows, count: end - start, places: places, into: work.products, stride: positionChannels)
      forEachRow(of: start..<end) { place, row, range in
        advlab_transpose(
          work.products + (place - start) * positionChannels, positionChannels,
          target + row * windows.positions.count + range.lowerBound, windows.area, range.count, positionChannels)
      }
    }
  }

  /// Calls `body` for each row that has some of the positions of all rows: with the first of them, the row, and its own
  /// positions.
  private func forEachRow(of places: Range<Int>, _ body: (_ place: Int, _ row: Int, _ range: Range<Int>) -> Void) {
    var place = places.lowerBound
    while place < places.upperBound {
      let (row, position) = place.quotientAndRemainder(dividingBy: windows.area)
      let count = min(places.upperBound - place, windows.area - position)
      body(place, row, position..<position + count)
      place += count
    }
  }
}

/// The scratch of one call.
private struct GatherWork {
  let images: UnsafeMutablePointer<Double>
  let products: UnsafeMutablePointer<Double>
  let windows: UnsafeMutablePointer<UnsafePointer<Double>?>
}
