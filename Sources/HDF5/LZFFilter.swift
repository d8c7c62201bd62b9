import CHDF5
import Glibc

/// The filter of h5py's `compression="lzf"`: Marc Lehmann's LibLZF, one block to a chunk.
///
/// A stream is a sequence of runs. A byte below 32 is followed by as many literal bytes and one more. Any other refers
/// back: its upper three bits are the length less two (7: a byte with the rest of the length follows), its lower five and
/// the byte after it the distance less one. Only reading is supported.
package enum LZFFilter {
  /// As registered with The HDF Group.
  static let identifier: H5Z_filter_t = 32000
  /// The index of the size of an unpacked chunk among the filter parameters that h5py writes.
  static let chunkBytesParameter = 2

  /// Makes the filter known to the library. Call inside the lock.
  static func register() {
    // The library keeps a copy of the description, but not of the name.
    var filter = H5Z_class2_t(
      version: H5Z_CLASS_T_VERS, id: identifier, encoder_present: 0, decoder_present: 1, name: name, can_apply: nil,
      set_local: nil,
      filter: { flags, parameterCount, parameters, byteCount, bufferSize, buffer in
        LZFFilter.run(flags, parameterCount, parameters, byteCount, bufferSize, buffer)
      })
    H5Zregister(&filter)
  }

  nonisolated(unsafe) private static let name: UnsafePointer<CChar>? = UnsafePointer(strdup("lzf"))

  /// Called by the library for every chunk; 0 is failure.
  private static func run(
    _ flags: UInt32, _ parameterCount: Int, _ parameters: UnsafePointer<UInt32>?, _ byteCount: Int,
    _ bufferSize: UnsafeMutablePointer<Int>?, _ buffer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int {
    guard flags & UInt32(H5Z_FLAG_REVERSE) != 0, parameterCount > chunkBytesParameter, let parameters, let bufferSize,
      let buffer, let packed = buffer.pointee
    else { return 0 }
    // Exactly a chunk, because the next filter reads that many bytes. `StorageCheck` has compared the number with the
    // shape.
    let size = Int(parameters[chunkBytesParameter])
    guard size > 0, let unpacked = H5allocate_memory(size, false) else { return 0 }
    let source = UnsafeRawBufferPointer(start: packed, count: byteCount)
    guard unpack(source, to: UnsafeMutableRawBufferPointer(start: unpacked, count: size)) else {
      H5free_memory(unpacked)
      return 0
    }
    H5free_memory(packed)
    buffer.pointee = unpacked
    bufferSize.pointee = size
    return size
  }

  /// Unpacks a block; false where it is damaged or does not fill the target exactly.
  package static func unpack(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Bool {
    var (read, written) = (0, 0)
    while read < source.count {
      let control = Int(source[read])
      read += 1
      if control < 32 {
        let count = control + 1
        guard count <= source.count - read, count <= target.count - written else { return false }
        for index in 0..<count { target[written + index] = source[read + index] }
        (read, written) = (read + count, written + count)
        continue
      }
      var count = (control >> 5) + 2
      if count == 9 {
        guard read < source.count else { return false }
        count += Int(source[read])
        read += 1
      }
      guard read < source.count else { return false }
      let distance = ((control & 31) << 8) + Int(source[read]) + 1
      read += 1
      guard distance <= written, count <= target.count - written else { return false }
      // Byte by byte: where the distance is shorter than the run, it repeats itself.
      for index in written..<written + count { target[index] = target[index - distance] }
      written += count
    }
    return written == target.count
  }
}
