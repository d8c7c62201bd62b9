internal import CKernels
internal import Networks

extension WindowProducts {
  /// Multiplies positions with a matrix for each group and adds the products to the windows: the transpose of a
  /// convolution.
  ///
  /// Positions at which all channels are zero are left out. Bounds have many: a scalar in the middle of a network depends
  /// on a window of the layers before it.
  func scatter(
    _ positions: UnsafeBufferPointer<Double>, rows: Int, with matrices: [PackedMatrix],
    into images: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = positions.baseAddress, let to = images.baseAddress else { return }
    let (atOnce, most) = (min(rows, imagesAtOnce), positionsAtOnce)
    let counts = [atOnce * imageCount, windows.area + 1, most * positionChannels, most * places.count, most, most]
    pool.withBlock(byteCount: counts.reduce(0) { $0 + Scratch.byteCount($1) }) { scratch in
      var work = ScatterWork(
        images: scratch.piece(of: Double.self, counts[0]), found: scratch.piece(of: Int.self, counts[1]),
        positions: scratch.piece(of: Double.self, counts[2]), products: scratch.piece(of: Double.self, counts[3]),
        rows: scratch.piece(of: UnsafePointer<Double>?.self, most), bases: scratch.piece(of: Int.self, most))
      for place in 0..<most { work.rows[place] = UnsafePointer(work.positions + place * positionChannels) }
      for first in stride(from: 0, to: rows, by: max(atOnce, 1)) {
        for group in 0..<groups {
          let values = from + first * windows.positions.count + group * positionChannels * windows.area
          let planes = to + first * windows.image.count + group * imageChannels * windows.image[1] * windows.image[2]
          scatter(values, rows: min(atOnce, rows - first), with: matrices[group], &work, into: planes)
        }
      }
    }
  }

  /// How many positions are multiplied at once: fewer where windows are large, so that the products stay near.
  private var positionsAtOnce: Int { max(8, min(PackedMatrix.mostRows, (1 << 15) / places.count / 8 * 8)) }

  /// One group of some rows.
  private func scatter(
    _ values: UnsafePointer<Double>, rows: Int, with matrix: PackedMatrix, _ work: inout ScatterWork,
    into planes: UnsafeMutablePointer<Double>
  ) {
    work.images.update(repeating: 0, count: rows * imageCount)
    for row in 0..<rows {
      let values = values + row * windows.positions.count
      let found = findPositions(values, work.found)
      var next = 0
      while next < found {
        let count = min(positionsAtOnce - work.count, found - next)
        advlab_gather_positions(
          values, positionChannels, windows.area, work.found + next, count,
          work.positions + work.count * positionChannels)
        for place in 0..<count {
          work.bases[work.count + place] = row * imageCount + bases[work.found[next + place]]
        }
        work.count += count
        next += count
        if work.count == positionsAtOnce { addProducts(matrix, &work) }
      }
    }
    addProducts(matrix, &work)
    for row in 0..<rows { deinterleave(work.images + row * imageCount, into: planes + row * windows.image.count) }
  }

  /// The positions whose products are not all zero.
  private func findPositions(_ values: UnsafePointer<Double>, _ found: UnsafeMutablePointer<Int>) -> Int {
    if isFinite { return advlab_nonzero_positions(values, positionChannels, windows.area, found) }
    for position in 0..<windows.area { found[position] = position }
    return windows.area
  }

  private func addProducts(_ matrix: PackedMatrix, _ work: inout ScatterWork) {
    matrix.multiply(
      work.rows, count: work.count, places: channelPlaces, into: work.products, stride: places.count)
    advlab_add_windows(
      work.products, work.bases, work.count, runs, runs.count, runLength, imageChannels, work.images)
    work.count = 0
  }
}

/// The scratch of one call, and how many positions wait in it.
private struct ScatterWork {
  let images: UnsafeMutablePointer<Double>
  let found: UnsafeMutablePointer<Int>
  let positions: UnsafeMutablePointer<Double>
  let products: UnsafeMutablePointer<Double>
  let rows: UnsafeMutablePointer<UnsafePointer<Double>?>
  let bases: UnsafeMutablePointer<Int>
  var count = 0
}
