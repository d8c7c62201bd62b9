import Networks

extension Pooling {
  /// The part of a window that lies inside the image, and the number its sum is divided by.
  struct Window {
    let rows: Range<Int>
    let columns: Range<Int>
    let divisor: Double
  }

  /// The window of output position (i, j). As in PyTorch, it ends with the padding even where `roundsUp` lets it hang
  /// over.
  func window(_ i: Int, _ j: Int, height: Int, width: Int) -> Window {
    let top = i * stride.height - padding.top
    let left = j * stride.width - padding.left
    let bottom = min(top + kernel.height, height + padding.bottom)
    let right = min(left + kernel.width, width + padding.right)
    let rows = max(top, 0)..<min(bottom, height)
    let columns = max(left, 0)..<min(right, width)
    let countsPadding = if case .average(true) = kind { true } else { false }
    let divisor = countsPadding ? (bottom - top) * (right - left) : rows.count * columns.count
    return Window(rows: rows, columns: columns, divisor: Double(divisor))
  }

  /// The maximum or mean of every window.
  func forward(_ input: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let values = input.scalars
    var result = [Double](repeating: 0, count: shape.count)
    forEachWindow(input: input.shape, output: shape) { window, places, y in
      switch kind {
      case .max: result[y] = values[firstMaximum(of: values, at: places)]
      case .average: result[y] = places.reduce(0) { $0 + values[$1] } / window.divisor
      }
    }
    return Tensor(shape: shape, scalars: result)
  }

  /// The cotangent sent to the maximum of its window, or spread evenly over it.
  func inputGradient(of cotangent: Tensor<Double>, input: Tensor<Double>) -> Tensor<Double> {
    let values = input.scalars
    let dy = cotangent.scalars
    var dx = [Double](repeating: 0, count: values.count)
    forEachWindow(input: input.shape, output: cotangent.shape) { window, places, y in
      switch kind {
      case .max: dx[firstMaximum(of: values, at: places)] += dy[y]
      case .average: for place in places { dx[place] += dy[y] / window.divisor }
      }
    }
    return Tensor(shape: input.shape, scalars: dx)
  }

  /// Calls `body` with every window, the offsets of its scalars in row-major order, and the offset of its output.
  func forEachWindow(input: Shape, output: Shape, _ body: (_ window: Window, _ places: [Int], _ y: Int) -> Void) {
    let (x, y) = (NCHW(input), NCHW(output))
    for n in 0..<y.count {
      for c in 0..<y.channels {
        for i in 0..<y.height {
          for j in 0..<y.width {
            let window = window(i, j, height: x.height, width: x.width)
            let places = window.rows.flatMap { row in window.columns.map { x.offset(n, c, row, $0) } }
            body(window, places, y.offset(n, c, i, j))
          }
        }
      }
    }
  }
}

extension GlobalPooling {
  /// The maximum or mean of every channel.
  func forward(_ input: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let values = input.scalars
    let area = NCHW(input.shape).area
    let result = (0..<shape.count).map { channel in
      let places = channel * area..<(channel + 1) * area
      return switch kind {
      case .max: values[firstMaximum(of: values, at: places)]
      case .average: values[places].reduce(0, +) / Double(area)
      }
    }
    return Tensor(shape: shape, scalars: result)
  }

  /// The cotangent sent to the maximum of its channel, or spread evenly over it.
  func inputGradient(of cotangent: Tensor<Double>, input: Tensor<Double>) -> Tensor<Double> {
    let values = input.scalars
    let area = NCHW(input.shape).area
    var dx = [Double](repeating: 0, count: values.count)
    for (channel, dy) in cotangent.scalars.enumerated() {
      let places = channel * area..<(channel + 1) * area
      switch kind {
      case .max: dx[firstMaximum(of: values, at: places)] = dy
      case .average: for place in places { dx[place] = dy / Double(area) }
      }
    }
    return Tensor(shape: input.shape, scalars: dx)
  }
}

/// The index of the largest of the values at `places`; of equal ones the first.
func firstMaximum(of values: [Double], at places: some Collection<Int>) -> Int {
  guard var best = places.first else { preconditionFailure("a window without scalars") }
  for place in places where values[place] > values[best] { best = place }
  return best
}
