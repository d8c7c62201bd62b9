internal import CKernels
internal import COneDNN
internal import Networks

extension PlanBuilder {
  /// A frozen affine map of images with whole blocks of channels, in the layout of convolutions, with the ReLU after it:
  /// what is left of a batch normalisation that no convolution precedes.
  func emitBlockedAffine(_ index: Int, scale: StoredWeight, shift: StoredWeight?) throws {
    let layout = try TensorLayout([batch] + network.nodes[index].shape.extents, tag: dnnl_aBcd16b)
    let source = try conform(inputValue(index), to: layout)
    let output = newValue(layout)
    let (channels, area) = channels(index)
    let planes = advlab_planes(count: batch, blocks: channels / Int(ADVLAB_LANES), area: area)
    let rectifier = fusedActivations[index]
    let signs = rectifier.flatMap { newSigns(of: $0, layout) }
    emit(touching: [source.buffer, output.buffer] + [signs].compactMap(\.self), named: "affine") { memory in
      var planes = planes
      advlab_affine(
        &planes, memory.floats(source.buffer), scale.floats, shift?.floats, rectifier == nil ? 0 : 1,
        signs.map { memory.bytes($0) }, memory.floats(output.buffer))
    }
    finish(index, with: rectifier, output: output) { builder, gradient in
      let seed = try builder.conform(gradient, to: layout)
      let result = builder.newValue(layout)
      builder.emit(touching: [seed.buffer, result.buffer], named: "affine") { memory in
        var planes = planes
        advlab_affine(&planes, memory.floats(seed.buffer), scale.floats, nil, 0, nil, memory.floats(result.buffer))
      }
      builder.contribute(result, to: index)
    }
  }
}
