import Networks

/// Layers that rearrange scalars.
extension KerasBuilder {
  mutating func flattened(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    guard input.shape.rank == 3 else {
      return try append(.flatten(.channelsFirst), nested, to: [input], layout: .asIs)
    }
    // Flatten keeps the order of the axes; with channels_first it moves the first axis to the end before.
    if try nested.layer.choice("data_format", default: KerasDataFormat.channelsLast) == .channelsFirst {
      let image = try arranged(input, as: .asIs, nested)
      return try append(.flatten(.channelsLast), nested, to: [image], layout: .asIs)
    }
    let order: AxisOrder = input.layout == .channelsLast ? .channelsLast : .channelsFirst
    return try append(.flatten(order), nested, to: [input], layout: .asIs)
  }

  mutating func reshaped(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let target = try targetShape(for: input, nested)
    // If either side is an image, its order is used for both.
    let layout: KerasTensor.Layout =
      input.shape.rank == 3 ? input.layout : target.count == 3 ? imageLayout : .asIs
    let isImage = layout == .channelsLast && target.count == 3
    let shape = isImage ? [target[2], target[0], target[1]] : target
    let order: AxisOrder = layout == .channelsLast ? .channelsLast : .channelsFirst
    return try append(
      .reshape(Reshape(to: Shape(shape), order: order)), nested, to: [input], layout: isImage ? layout : .asIs)
  }

  private func targetShape(for input: KerasTensor, _ nested: NestedLayer) throws -> [Int] {
    var target = try nested.layer.integers("target_shape", default: [], in: -1...KerasLayer.sizeLimit)
    guard target.filter({ $0 == -1 }).count <= 1, !target.contains(0), (1...8).contains(target.count) else {
      throw nested.layer.failure(
        expected: "a target_shape with at most one -1", found: nested.layer.config["target_shape"]?.summary ?? "none")
    }
    if let open = target.firstIndex(of: -1) {
      let known = Shape(target.filter { $0 != -1 }).checkedCount ?? 0
      target[open] = known > 0 ? input.shape.count / known : 0
    }
    return target
  }

  mutating func permuted(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let rank = input.shape.rank
    let dimensions = try nested.layer.integers("dims", default: [], in: 1...8).map { $0 - 1 }
    guard dimensions.sorted() == Array(0..<rank) else {
      throw nested.layer.failure(
        expected: "each axis of a rank-\(rank) input once", found: nested.layer.config["dims"]?.summary ?? "none")
    }
    let layouts: [KerasTensor.Layout] = rank == 3 ? [input.layout, .asIs, .channelsLast] : [.asIs]
    let candidates = layouts.map { layout in
      let output = KerasTensor(node: 0, shape: input.shape, layout: layout)
      return (layout, axes: (0..<rank).map { input.storedAxis(dimensions[output.kerasAxis($0)]) })
    }
    // Between H, W, C and C, H, W no scalar moves here: only the layout that is recorded changes.
    if let (layout, _) = candidates.first(where: { $0.axes == Array(0..<rank) }) {
      return KerasTensor(node: input.node, shape: input.shape, layout: layout)
    }
    return try append(.permute(candidates[0].axes), nested, to: [input], layout: candidates[0].0)
  }

  mutating func upsampled(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let factor = try nested.layer.extent("size", default: [2, 2])
    let method = try nested.layer.choice("interpolation", default: Interpolation.nearest)
    let upsampling = Upsampling(
      factor: Extent(factor.height, factor.width), method: method == .nearest ? .nearest : .bilinear)
    return try append(.upsampling(upsampling), nested, to: image(input, nested))
  }

  private enum Interpolation: String, CaseIterable {
    case nearest, bilinear
  }

  /// The four sides of a padding or a cropping.
  func edges(_ key: String, _ nested: NestedLayer) throws -> Edges {
    let sides = try nested.layer.sides(key)
    return Edges(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
  }
}
