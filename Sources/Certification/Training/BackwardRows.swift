import Networks

/// The inputs of a `BackwardNetwork` for margins of images: one row for each class but the label's.
struct BackwardRows: Sendable {
  let layout: BackwardNetwork.Layout
  let intervals: IntervalNetwork
  let pixels: ClosedRange<Float>

  /// Some images of a mini-batch with their intervals.
  struct Part: Sendable {
    let images: Tensor<Float>
    let labels: [Int]
    let outputs: Tensor<Float>
    let radius: Float
  }

  private var classes: Int { intervals.classCount }

  /// `[n (K − 1), 1, 1, T]`
  func inputs(_ part: Part) -> Tensor<Float> {
    var inputs = Tensor<Float>(shape: [part.labels.count * (classes - 1), 1, 1, layout.count])
    inputs.withUnsafeMutableScalars { inputs in
      for (image, label) in part.labels.enumerated() {
        let first = image * (classes - 1) * layout.count
        let row = UnsafeMutableBufferPointer(rebasing: inputs[first..<first + layout.count])
        fillRelaxations(row, part, image)
        fillBox(row, part, image)
        for place in 1..<classes - 1 {
          let other = first + place * layout.count
          _ = UnsafeMutableBufferPointer(rebasing: inputs[other..<other + layout.count]).update(fromContentsOf: row)
        }
        for (place, other) in others(than: label) {
          inputs[first + place * layout.count + label] = 1
          inputs[first + place * layout.count + other] = -1
        }
      }
    }
    return inputs
  }

  /// Margins `[n, K]` from bounds `[n (K − 1), 1]`; 0 for the label itself.
  func margins(_ bounds: Tensor<Float>, _ part: Part) -> Tensor<Float> {
    var margins = Tensor<Float>(shape: [part.labels.count, classes])
    margins.withUnsafeMutableScalars { margins in
      forEachRow(part) { row, image, other in margins[image * classes + other] = bounds.scalars[row] }
    }
    return margins
  }

  /// The gradient at the bounds from that at the margins.
  func cotangent(_ slopes: Tensor<Float>, _ part: Part) -> Tensor<Float> {
    var cotangent = Tensor<Float>(shape: [part.labels.count * (classes - 1), 1])
    cotangent.withUnsafeMutableScalars { cotangent in
      forEachRow(part) { row, image, other in cotangent[row] = slopes.scalars[image * classes + other] }
    }
    return cotangent
  }

  /// The gradient at the intervals' outputs, from each bound's gradient at its input and the loss's at the margins.
  func pullback(_ gradients: Tensor<Float>, slopes: Tensor<Float>, _ part: Part) -> Tensor<Float> {
    let perRow = cotangent(slopes, part).scalars
    var result = Tensor<Float>(shape: part.outputs.shape)
    var sum = [Float](repeating: 0, count: layout.count)
    for image in part.labels.indices {
      for place in sum.indices { sum[place] = 0 }
      gradients.withUnsafeScalars { gradients in
        for row in image * (classes - 1)..<(image + 1) * (classes - 1) {
          let factor = perRow[row]
          for place in sum.indices { sum[place] += factor * gradients[row * layout.count + place] }
        }
      }
      addRelaxationGradients(sum, part, image, to: &result)
    }
    return result
  }

  private func others(than label: Int) -> [(place: Int, other: Int)] {
    (0..<classes).filter { $0 != label }.enumerated().map { ($0, $1) }
  }

  private func forEachRow(_ part: Part, _ body: (_ row: Int, _ image: Int, _ other: Int) -> Void) {
    for (image, label) in part.labels.enumerated() {
      for (place, other) in others(than: label) { body(image * (classes - 1) + place, image, other) }
    }
  }

  /// Where a node's bounds are among the outputs.
  private func bounds(of node: Int) -> InnerBounds? { intervals.inner.last { $0.node == node } }

  private func fillRelaxations(_ row: UnsafeMutableBufferPointer<Float>, _ part: Part, _ image: Int) {
    let start = image * part.outputs.exampleSize
    part.outputs.withUnsafeScalars { outputs in
      for place in layout.relaxations {
        bounds(of: place.node)?.forEachPlace { neuron, lower, upper in
          let lines = RectifierLines(outputs[start + lower], outputs[start + upper])
          row[place.start + neuron] = lines.lowerSlope
          row[place.start + place.count + neuron] = -lines.upperSlope
          row[place.start + 2 * place.count + neuron] = -lines.offset
        }
      }
    }
  }

  private func fillBox(_ row: UnsafeMutableBufferPointer<Float>, _ part: Part, _ image: Int) {
    let size = part.images.exampleSize
    part.images.withUnsafeScalars { images in
      for place in 0..<size {
        let pixel = images[image * size + place]
        row[layout.box + place] = max(pixel - part.radius, pixels.lowerBound)
        row[layout.box + size + place] = -min(pixel + part.radius, pixels.upperBound)
      }
    }
  }

  private func addRelaxationGradients(_ sum: [Float], _ part: Part, _ image: Int, to result: inout Tensor<Float>) {
    let start = image * part.outputs.exampleSize
    result.withUnsafeMutableScalars { result in
      part.outputs.withUnsafeScalars { outputs in
        for place in layout.relaxations {
          bounds(of: place.node)?.forEachPlace { neuron, lower, upper in
            let slopes = RectifierLines.pullback(
              outputs[start + lower], outputs[start + upper], upperSlope: -sum[place.start + place.count + neuron],
              offset: -sum[place.start + 2 * place.count + neuron])
            result[start + lower] += slopes.lower
            result[start + upper] += slopes.upper
          }
        }
      }
    }
  }
}

/// α z ≤ relu(z) ≤ s z + t for z from l to u; α is 0 or 1, whichever leaves the smaller triangle.
struct RectifierLines {
  /// α
  let lowerSlope: Float
  /// s
  let upperSlope: Float
  /// t
  let offset: Float

  /// The lines for bounds l and u.
  init(_ lower: Float, _ upper: Float) {
    guard lower < 0, upper > 0 else {
      (lowerSlope, upperSlope, offset) = lower >= 0 ? (1, 1, 0) : (0, 0, 0)
      return
    }
    lowerSlope = upper > -lower ? 1 : 0
    upperSlope = upper / (upper - lower)
    offset = -lower * upperSlope
  }

  /// The gradient at the bounds from that at s and t.
  static func pullback(
    _ lower: Float, _ upper: Float, upperSlope: Float, offset: Float
  ) -> (lower: Float, upper: Float) {
    guard lower < 0, upper > 0 else { return (0, 0) }
    let width = upper - lower
    let (low, high) = (lower / width, upper / width)
    return (high * (upperSlope / width) - high * high * offset, -low * (upperSlope / width) + low * low * offset)
  }
}
