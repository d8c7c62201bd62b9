import CHDF5

/// The stored type, shape and storage of a dataset to be created.
struct DatasetPlan {
  /// The stored type, owned by the maker of the plan.
  let type: hid_t
  let bytesEach: Int
  /// Of one to which rows are added, with as many rows as are expected.
  let shape: [Int]
  let storage: Storage
  /// Whether it begins without rows, and rows are added to it.
  var isGrowing = false

  /// The size chunks are kept at or below, where rows are split if need be: the library's chunk cache holds 1 MiB.
  private static let chunkBytes = 1 << 20

  func properties(at location: Location) throws(HDF5Error) -> OwnedIdentifier {
    let properties = try location.own(H5Pcreate(chdf5_dataset_creation_class()), H5Pclose)
    // Without modification times, the same content gives the same bytes.
    try location.check(H5Pset_obj_track_times(properties.id, false))
    // Neither scalars nor empty shapes can be stored in chunks.
    guard !shape.isEmpty, !shape.contains(0), storage != .plain || isGrowing else { return properties }
    let chunk = chunkShape.map { hsize_t($0) }
    try location.check(H5Pset_chunk(properties.id, Int32(chunk.count), chunk))
    switch storage {
    case .plain: break
    case .compressed(let level):
      guard (0...9).contains(level) else { throw location.error("expected a gzip level of 0 to 9, found \(level)") }
      try location.check(H5Pset_shuffle(properties.id))
      try location.check(H5Pset_deflate(properties.id, UInt32(level)))
    }
    return properties
  }

  /// The extents to begin with. Call inside the lock.
  func space(at location: Location) throws(HDF5Error) -> OwnedIdentifier {
    guard isGrowing else { return try dataSpace(shape, at: location) }
    let extents = shape.map { hsize_t($0) }
    let unlimited = hsize_t.max
    return try location.own(
      H5Screate_simple(Int32(shape.count), [0] + extents.dropFirst(), [unlimited] + extents.dropFirst()), H5Sclose)
  }

  /// As many whole rows as fit; of longer rows, parts.
  private var chunkShape: [Int] {
    var chunk = shape.map { max($0, 1) }
    let row = checkedProduct(chunk.dropFirst() + [bytesEach]) ?? Int.max
    let fitting = max(Self.chunkBytes / max(row, 1), 1)
    chunk[0] = min(fitting, chunk[0])
    var axis = 1
    while axis < chunk.count, (checkedProduct(chunk + [bytesEach]) ?? Int.max) > Self.chunkBytes {
      if chunk[axis] == 1 { axis += 1 } else { chunk[axis] = (chunk[axis] + 1) / 2 }
    }
    return chunk
  }
}
