import Networks

/// Layers that move scalars, repeat them or put zeros beside them.
extension ONNXWriter {
  mutating func flatten(_ order: AxisOrder) {
    append("Flatten", [enumerated(input, of: inputShape, in: order)], [("axis", .int(1))])
  }

  mutating func reshape(_ payload: Reshape) {
    let value = enumerated(input, of: inputShape, in: payload.order)
    guard payload.order == .channelsLast, payload.shape.rank == 3 else {
      reshaped(value, to: payload.shape)
      return
    }
    let (channels, height, width) = (payload.shape[0], payload.shape[1], payload.shape[2])
    permuted(reshaped(value, to: [height, width, channels]), by: [2, 0, 1])
  }

  /// An image with its axes in the order in which its scalars are enumerated; other values have one order alone.
  private mutating func enumerated(_ value: String, of shape: Shape, in order: AxisOrder) -> String {
    order == .channelsLast && shape.rank == 3 ? permuted(value, by: [1, 2, 0]) : value
  }

  /// Axis `i` of an example of the result is axis `axes[i]` of the value's.
  @discardableResult
  mutating func permuted(_ value: String, by axes: [Int]) -> String {
    append("Transpose", [value], [("perm", .ints([0] + axes.map { $0 + 1 }))])
  }

  /// The value with examples of another shape.
  @discardableResult
  mutating func reshaped(_ value: String, to shape: Shape) -> String {
    // 0 is the extent of the batch as it is.
    append("Reshape", [value, constant("shape", integers: [0] + shape.extents)])
  }

  /// The value with zeros around H and W.
  @discardableResult
  mutating func zeroPadding(_ edges: Edges, of value: String) -> String {
    append(
      "Pad", [value, constant("edges", integers: [0, 0, edges.top, edges.left, 0, 0, edges.bottom, edges.right])])
  }

  mutating func cropping(_ edges: Edges) {
    let starts = constant("starts", integers: [edges.top, edges.left])
    let ends = constant("ends", integers: [inputShape[1] - edges.bottom, inputShape[2] - edges.right])
    append("Slice", [input, starts, ends, constant("axes", integers: [2, 3])])
  }

  mutating func upsampling(_ payload: Upsampling) {
    let factors = constant("factors", floats: [1, 1, Float(payload.factor.height), Float(payload.factor.width)])
    let attributes: Attributes =
      switch payload.method {
      case .nearest:
        [
          ("coordinate_transformation_mode", .text("asymmetric")), ("mode", .text("nearest")),
          ("nearest_mode", .text("floor")),
        ]
      case .bilinear: [("coordinate_transformation_mode", .text("half_pixel")), ("mode", .text("linear"))]
      case .bilinearAlignedCorners:
        [("coordinate_transformation_mode", .text("align_corners")), ("mode", .text("linear"))]
      }
    append("Resize", [input, "", factors], attributes)
  }
}
