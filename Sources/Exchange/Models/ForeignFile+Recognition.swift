extension ForeignFile {
  /// The kind of a file, if it is one of these.
  public static func recognized(at path: String) -> ForeignFile? {
    if InputFile.isDirectory(path) { return InputFile.exists(path + "/saved_model.pb") ? .savedModel : nil }
    if path.hasSuffix("saved_model.pb") { return .savedModel }
    // A file that cannot be opened is reported when it is read.
    guard let file = try? InputFile(path), let start = try? file.read(atMost: headBytes) else { return nil }
    return textual(start) ?? binary(start, fileSize: file.size) ?? zipped(start, file)
  }

  /// Enough for the classes of a pickled module to be named in it, behind what a checkpoint holds first.
  private static let headBytes = 1 << 16
  private static let tailBytes = 1 << 20

  private static func textual(_ start: [UInt8]) -> ForeignFile? {
    let text = String(decoding: start.prefix(512), as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if text.hasPrefix("version https://git-lfs") { return .gitLFSPointer }
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") ? .html : nil
  }

  private static func binary(_ start: [UInt8], fileSize: Int) -> ForeignFile? {
    if start.starts(with: Array("MATLAB 5.0 MAT-file".utf8)) { return .matlab5 }
    if start.starts(with: Array("PAR1".utf8)) { return .parquet }
    // torch.save before 1.6 begins with its magic number, pickled by protocol 2.
    if start.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]) {
      return holdsModule(start) ? .torchModule : .torchPickle
    }
    // PROTO n, then what an object begins with: a frame, a dictionary, a list, a tuple, a global, a number, a string.
    if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]),
      Array("\u{95}}](cKJM\u{8C}X".unicodeScalars)
        .contains(Unicode.Scalar(start[2]))
    {
      return .pickle
    }
    if isSafetensors(start, fileSize: fileSize) { return .safetensors }
    if ONNXFormat.isBeginning(start) { return .onnx }
    return nil
  }

  /// The length of a header of JSON, then that header.
  private static func isSafetensors(_ start: [UInt8], fileSize: Int) -> Bool {
    guard start.count > 10, start[8] == UInt8(ascii: "{") else { return false }
    let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= UInt64(max(fileSize - 8, 0)) else { return false }
    let header = String(decoding: start[8...], as: UTF8.self)
    return header.contains("\"data_offsets\"") || header.contains("__metadata__") || length == 2
  }

  /// Whether a pickle names classes of modules, or TorchScript's own: a state dictionary names neither.
  private static func holdsModule(_ start: [UInt8]) -> Bool {
    let text = String(decoding: start, as: UTF8.self)
    return text.contains("torch.nn.modules") || text.contains("__torch__")
  }

  /// Zip archives are distinguished by the names of their entries, which are at the beginning and again at the end.
  private static func zipped(_ start: [UInt8], _ file: InputFile) -> ForeignFile? {
    guard start.starts(with: [0x50, 0x4B, 3, 4]) else { return nil }
    let tail = (try? file.read(atMost: tailBytes, from: max(0, file.size - tailBytes))) ?? []
    let names = String(decoding: start, as: UTF8.self) + String(decoding: tail, as: UTF8.self)
    if names.contains("/data.pkl") || names.contains("constants.pkl") {
      return holdsModule(start) ? .torchModule : .torchArchive
    }
    return names.contains(".npy") && !names.contains("config.json") ? .npz : nil
  }
}
