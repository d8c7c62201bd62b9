internal import COneDNN
internal import Networks

/// The extents of a tensor and the order of its scalars in memory, row-major or blocked: oneDNN's memory descriptor.
///
/// Sendable because the descriptor is plain C data without pointers.
struct TensorLayout: @unchecked Sendable {
  let descriptor: dnnl_memory_desc_t

  init(_ descriptor: dnnl_memory_desc_t) {
    self.descriptor = descriptor
  }

  /// Row-major float32.
  init(plain extents: [Int]) throws(OneDNNError) {
    try self.init(extents, tag: TensorLayout.plainTag(rank: extents.count))
  }

  /// Scalars in the order a format tag names.
  init(_ extents: [Int], tag: dnnl_format_tag_t, type: dnnl_data_type_t = dnnl_f32) throws(OneDNNError) {
    var descriptor = dnnl_memory_desc_t()
    let dims = extents.map { dnnl_dim_t($0) }
    try check(
      "dnnl_memory_desc_init_by_tag",
      dnnl_memory_desc_init_by_tag(&descriptor, Int32(extents.count), dims, type, tag))
    self.descriptor = descriptor
  }

  /// The order is left to the primitive.
  static func any(_ extents: [Int], _ type: dnnl_data_type_t) throws(OneDNNError) -> TensorLayout {
    try TensorLayout(extents, tag: dnnl_format_tag_any, type: type)
  }

  /// Some of the rows, at their place in the whole's memory.
  ///
  /// - Throws: Where a block has rows both inside and outside.
  func rows(_ rows: Range<Int>) throws(OneDNNError) -> TensorLayout {
    var (part, whole) = (dnnl_memory_desc_t(), descriptor)
    let dims = ([rows.count] + extents.dropFirst()).map { dnnl_dim_t($0) }
    let offsets = ([rows.lowerBound] + extents.dropFirst().map { _ in 0 }).map { dnnl_dim_t($0) }
    try check("dnnl_memory_desc_init_submemory", dnnl_memory_desc_init_submemory(&part, &whole, dims, offsets))
    return TensorLayout(part)
  }

  /// Of the scalars.
  var type: dnnl_data_type_t { descriptor.data_type }

  var extents: [Int] {
    withUnsafeBytes(of: descriptor.dims) { raw in
      raw.bindMemory(to: dnnl_dim_t.self).prefix(Int(descriptor.ndims)).map { Int($0) }
    }
  }

  /// Bytes, padding included.
  var byteCount: Int {
    withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) }
  }

  /// Whether the memory is exactly row-major without padding.
  var isPlain: Bool {
    guard let plain = try? TensorLayout(plain: extents) else { return false }
    return self == plain
  }

  private static func plainTag(rank: Int) -> dnnl_format_tag_t {
    // Images, matrices and grouped kernels need no more; other ranks are flattened before they reach oneDNN.
    switch rank {
    case 1: dnnl_a
    case 2: dnnl_ab
    case 3: dnnl_abc
    case 4: dnnl_abcd
    case 5: dnnl_abcde
    default: dnnl_abcdef
    }
  }
}

extension TensorLayout: Equatable {
  static func == (a: TensorLayout, b: TensorLayout) -> Bool {
    withUnsafePointer(to: a.descriptor) { a in
      withUnsafePointer(to: b.descriptor) { b in dnnl_memory_desc_equal(a, b) != 0 }
    }
  }
}
