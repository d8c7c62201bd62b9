import Networks

/// Squares of pixels of one channel that share a number.
struct Tiles {
  /// The number of tiles.
  let count: Int
  /// The tile of every scalar of an example.
  let tileOfScalar: [Int]

  /// - Parameters:
  ///   - example: The shape of an image, or of a feature vector, whose scalars have a tile each.
  ///   - side: The side of a tile; unless it is given a third of the root of the shorter side of the image.
  init(of example: Shape, side: Int?) {
    guard example.rank == 3 else {
      count = example.count
      tileOfScalar = Array(0..<count)
      return
    }
    let (height, width) = (example[1], example[2])
    let side = side ?? max(1, Int((Double(min(height, width)).squareRoot() / 3).rounded()))
    let (rows, columns) = ((height - 1) / side + 1, (width - 1) / side + 1)
    count = example[0] * rows * columns
    tileOfScalar = (0..<example.count).map { scalar in
      let (channel, place) = scalar.quotientAndRemainder(dividingBy: height * width)
      return (channel * rows + place / width / side) * columns + place % width / side
    }
  }
}
