import Networks

/// Layers that change the size of images.
extension KerasBuilder {
  /// Whether a layer states the size that its input has.
  private func statesSize(of image: KerasTensor, _ nested: NestedLayer) throws -> Bool {
    let (height, width) = (try nested.layer.integer("height"), try nested.layer.integer("width"))
    return height == image.shape[1] && width == image.shape[2]
  }

  /// The size along one axis: enlarged by a whole factor, or reduced by one.
  private struct Ratio {
    var enlarged = 1
    var reduced = 1

    init?(from extent: Int, to target: Int) {
      if target % extent == 0 {
        enlarged = target / extent
      } else if extent % target == 0 {
        reduced = extent / target
      } else {
        return nil
      }
    }

    /// An output lies between the two middle ones of the scalars it stands for, or on the middle one.
    var before: Int { (reduced - 1) / 2 }
    var window: Int { reduced % 2 == 0 ? 2 : 1 }
  }

  private enum Interpolation: String, CaseIterable {
    case nearest, bilinear
  }

  mutating func resized(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    let image = try image(input, nested)
    if try statesSize(of: image, nested) { return image }
    let (height, width) = (try layer.integer("height"), try layer.integer("width"))
    let keepsAspect = try ["crop_to_aspect_ratio", "pad_to_aspect_ratio"].contains {
      try layer.boolean($0, default: false)
    }
    let size = "\(image.shape[1])×\(image.shape[2])"
    guard !keepsAspect || image.shape[1] * width == image.shape[2] * height else {
      throw layer.failure(expected: "a size of the proportions of \(size)", found: "\(height)×\(width)")
    }
    guard let rows = Ratio(from: image.shape[1], to: height), let columns = Ratio(from: image.shape[2], to: width)
    else {
      throw layer.failure(expected: "whole multiples or whole parts of \(size)", found: "\(height)×\(width)")
    }
    let method = try layer.choice("interpolation", default: Interpolation.bilinear)
    let reduced = try self.reduced(image, rows, columns, method, nested)
    guard rows.enlarged > 1 || columns.enlarged > 1 else { return reduced }
    let upsampling = Upsampling(
      factor: Extent(rows.enlarged, columns.enlarged), method: method == .nearest ? .nearest : .bilinear)
    return try append(.upsampling(upsampling), nested, to: reduced)
  }

  /// Bilinear reduction by whole factors: the mean of the middle scalars of each block.
  private mutating func reduced(
    _ image: KerasTensor, _ rows: Ratio, _ columns: Ratio, _ method: Interpolation, _ nested: NestedLayer
  ) throws -> KerasTensor {
    guard rows.reduced > 1 || columns.reduced > 1 else { return image }
    guard method == .bilinear, try !nested.layer.boolean("antialias", default: false) else {
      throw nested.layer.failure(
        "reduces images, which is supported for bilinear interpolation without antialias; which pixel is the nearest "
          + "depends on the version of Keras")
    }
    var image = image
    if rows.before > 0 || columns.before > 0 {
      let edges = Edges(top: rows.before, bottom: 0, left: columns.before, right: 0)
      image = try append(.cropping(edges), nested, suffix: "_middle", to: image)
    }
    let pooling = Pooling(
      .average(countsPadding: false), kernel: Extent(rows.window, columns.window),
      stride: Extent(rows.reduced, columns.reduced))
    return try append(.pooling(pooling), nested, suffix: "_reduced", to: image)
  }

  /// The middle of an image, one row or column nearer to the start where it is uneven.
  mutating func centerCropped(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let image = try image(input, nested)
    if try statesSize(of: image, nested) { return image }
    let rows = image.shape[1] - (try nested.layer.integer("height"))
    let columns = image.shape[2] - (try nested.layer.integer("width"))
    guard rows >= 0, columns >= 0 else {
      throw nested.layer.failure(
        "is larger than its images of \(image.shape[1])×\(image.shape[2]), which Keras would enlarge")
    }
    let edges = Edges(top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
    return try append(.cropping(edges), nested, to: image)
  }

  /// Versions of Keras differ in what this layer does when a model predicts: Keras 2 resizes, Keras 3 leaves the image.
  mutating func randomlyCropped(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let image = try image(input, nested)
    guard try statesSize(of: image, nested) else {
      throw nested.layer.failure(
        "crops in training only, and versions of Keras differ in what it does else; replace it by CenterCrop or Resizing"
      )
    }
    return image
  }
}
