import CHDF5

/// Checks what a dataset declares before memory is allocated for it.
struct StorageCheck {
  let dataset: hid_t
  let file: OpenFile
  let location: Location
  /// The dataset's shape and the bytes of an element as stored.
  let shape: [Int]
  let storedElementBytes: Int

  private var limits: Limits { file.limits }

  /// Checks a read of `elements` elements of `bytesEach` bytes of memory. Call inside the lock.
  func admit(elements: Int, bytesEach: Int) throws(HDF5Error) {
    let properties = try location.own(H5Dget_create_plist(dataset), H5Pclose)
    let bytes = checkedProduct([elements, max(bytesEach, storedElementBytes)])
    guard let bytes, bytes <= limits.bytes else {
      throw location.error("expected at most \(limits.bytes) bytes, found \(elements) elements of \(bytesEach) bytes")
    }
    let stored = Int(clamping: H5Dget_storage_size(dataset))
    if let size = file.size, stored > size {
      throw location.error("declares \(stored) stored bytes in a file of \(size)")
    }
    if bytes > limits.uncheckedBytes {
      try admit(declared: checkedProduct(shape + [storedElementBytes]), stored: stored, what: "data")
    }
    try admitLayout(properties, stored: stored)
  }

  private func admit(declared: Int?, stored: Int, what: String) throws(HDF5Error) {
    guard let declared, declared / max(limits.expansion, 1) <= stored else {
      let size = declared.map { "\($0) bytes" } ?? "more bytes than can be counted"
      throw location.error(
        "declares \(size) of \(what) but stores \(stored) bytes, beyond the believable ratio of \(limits.expansion) to 1"
      )
    }
  }

  private func admitLayout(_ properties: borrowing OwnedIdentifier, stored: Int) throws(HDF5Error) {
    switch H5Pget_layout(properties.id) {
    case H5D_COMPACT: break
    case H5D_CONTIGUOUS:
      guard try location.check(H5Pget_external_count(properties.id)) == 0 else {
        throw location.error("its data lie in another file, which is not followed")
      }
    case H5D_CHUNKED:
      try admitChunks(properties, stored: stored)
      try admitFilters(properties)
      try admitLZF(properties)
    case H5D_VIRTUAL:
      throw location.error("is a virtual dataset made of other datasets, which is not followed")
    default:
      throw location.error(ErrorStack().message)
    }
  }

  private func admitChunks(_ properties: borrowing OwnedIdentifier, stored: Int) throws(HDF5Error) {
    var dimensions = [hsize_t](repeating: 0, count: 32)
    let rank = try location.check(H5Pget_chunk(properties.id, 32, &dimensions))
    let bytes = checkedProduct(dimensions.prefix(Int(rank)).map { Int(clamping: $0) } + [storedElementBytes])
    guard let bytes, bytes <= limits.bytes else {
      throw location.error("expected chunks of at most \(limits.bytes) bytes, found larger ones")
    }
    if bytes > limits.uncheckedBytes { try admit(declared: bytes, stored: stored, what: "one chunk") }
  }

  /// The filter unpacks as many bytes as its parameters say, and the next filter reads a chunk: both sizes must be
  /// equal, and no filter before it may change the size.
  private func admitLZF(_ properties: borrowing OwnedIdentifier) throws(HDF5Error) {
    for index in 0..<UInt32(try location.check(H5Pget_nfilters(properties.id))) {
      var (flags, configuration, count) = (UInt32(0), UInt32(0), 8)
      var parameters = [UInt32](repeating: 0, count: 8)
      let filter = try location.check(
        H5Pget_filter2(properties.id, index, &flags, &count, &parameters, 0, nil, &configuration))
      if filter == H5Z_FILTER_SHUFFLE { continue }
      guard filter == LZFFilter.identifier else { return try refuseLZF(properties, after: index + 1) }
      var dimensions = [hsize_t](repeating: 0, count: 32)
      let rank = try location.check(H5Pget_chunk(properties.id, 32, &dimensions))
      let bytes = checkedProduct(dimensions.prefix(Int(rank)).map { Int(clamping: $0) } + [storedElementBytes])
      let stated = count > LZFFilter.chunkBytesParameter ? Int(parameters[LZFFilter.chunkBytesParameter]) : nil
      guard let stated, stated == bytes else {
        let found = stated.map { "\($0)" } ?? "none"
        throw location.error("expected lzf chunks of \(bytes ?? 0) bytes, as the shape of a chunk says, found \(found)")
      }
      return try refuseLZF(properties, after: index + 1)
    }
  }

  private func refuseLZF(_ properties: borrowing OwnedIdentifier, after start: UInt32) throws(HDF5Error) {
    for index in start..<max(start, UInt32(try location.check(H5Pget_nfilters(properties.id)))) {
      var (flags, configuration, count) = (UInt32(0), UInt32(0), 0)
      let filter = try location.check(
        H5Pget_filter2(properties.id, index, &flags, &count, nil, 0, nil, &configuration))
      guard filter != LZFFilter.identifier else {
        throw location.error("expected lzf after nothing but shuffle, found another filter before it")
      }
    }
  }

  private func admitFilters(_ properties: borrowing OwnedIdentifier) throws(HDF5Error) {
    for index in 0..<UInt32(try location.check(H5Pget_nfilters(properties.id))) {
      var flags: UInt32 = 0
      var parameters = 0
      var configuration: UInt32 = 0
      var name = [CChar](repeating: 0, count: 64)
      let filter = try location.check(
        H5Pget_filter2(properties.id, index, &flags, &parameters, nil, name.count, &name, &configuration))
      guard H5Zfilter_avail(filter) <= 0 else { continue }
      let label = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw location.error(
        "compressed with filter \(filter)\(label.isEmpty ? "" : " (\(label))"), which is not available here; "
          + "rewrite the file with `h5repack -f GZIP=4` where it is")
    }
  }
}
