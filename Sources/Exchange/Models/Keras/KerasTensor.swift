import Networks

/// A value in the network that is being built from a Keras model.
struct KerasTensor: Sendable {
  /// The order of an image's axes in memory here, compared with Keras.
  enum Layout: Sendable {
    /// The order of Keras: everything but images, and images with `channels_first`.
    case asIs
    /// Keras has H, W, C; here they are C, H, W.
    case channelsLast
  }

  /// The node that computes it.
  var node: Int
  /// Its shape here.
  let shape: Shape
  let layout: Layout

  /// The axis here of an axis of the example in Keras.
  func storedAxis(_ axis: Int) -> Int {
    layout == .channelsLast ? (axis + 1) % 3 : axis
  }

  /// The axis in Keras of an axis here.
  func kerasAxis(_ axis: Int) -> Int {
    layout == .channelsLast ? (axis + 2) % 3 : axis
  }

  /// The shape of the example in Keras.
  var kerasShape: [Int] { shape.extents.indices.map { shape[storedAxis($0)] } }
}

/// The values of `data_format`.
enum KerasDataFormat: String, CaseIterable {
  case channelsFirst = "channels_first"
  case channelsLast = "channels_last"

  /// The layout in which channels come first here.
  var layout: KerasTensor.Layout { self == .channelsFirst ? .asIs : .channelsLast }
}

/// The values of `padding`.
enum KerasPadding: String, CaseIterable {
  case valid, same
}

/// TensorFlow's rules for 'same'.
enum KerasGeometry {
  /// The zeros before and after an axis: as few as make ⌈extent / stride⌉ windows, the odd one after.
  static func samePadding(extent: Int, window: Int, stride: Int) -> (before: Int, after: Int) {
    let count = (extent + stride - 1) / stride
    let total = max((count - 1) * stride + window - extent, 0)
    return (total / 2, total - total / 2)
  }

  /// The edges of 'same' or 'valid' padding around an image `[C, H, W]`.
  static func edges(_ padding: KerasPadding, image: Shape, window: Extent, stride: Extent) -> Edges {
    guard padding == .same else { return Edges() }
    let rows = samePadding(extent: image[1], window: window.height, stride: stride.height)
    let columns = samePadding(extent: image[2], window: window.width, stride: stride.width)
    return Edges(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after)
  }

  /// What a transposed convolution keeps of one axis: its full output, of (extent − 1)·stride + window, loses `before`
  /// and `after`, or gains `extra` rows that hold the bias alone.
  struct TransposedAxis: Equatable {
    let before: Int
    let after: Int
    let extra: Int

    init(extent: Int, window: Int, stride: Int, outputPadding: Int?, padding: KerasPadding) {
      let full = (extent - 1) * stride + window
      let output: Int
      switch (padding, outputPadding) {
      case (.same, nil): output = extent * stride
      case (.valid, nil): output = extent * stride + max(window - stride, 0)
      case (.same, let extra?): output = (extent - 1) * stride + window - 2 * (window / 2) + extra
      case (.valid, let extra?): output = full + extra
      }
      before = padding == .same ? max(full - output, 0) / 2 : 0
      after = max(full - output - before, 0)
      extra = max(output - (full - before), 0)
    }
  }
}
