/// The three forms of PyTorch's files, opened: the pickle is read, the tensors' numbers are not.
///
/// Since version 1.6 a zip archive with one folder X: the pickle X/data.pkl and a storage in each of X/data/0, X/data/1
/// and so on. Before: pickles of a magic number, a version, the machine, the object and the storages' keys, and then the
/// storages. Also a bare pickle, which has no storages.
struct TorchFile {
  /// What PyTorch writes at the beginning of the old form: 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  private static let version = 1001
  private static let advice =
    "in Python, save the weights alone: torch.save(model.state_dict(), 'weights.pt')"
  /// The most bytes of the pickle or of a storage in an archive, beyond a multiple of the archive's size: they may be
  /// compressed.
  private static let mostBytes = 1 << 26

  let content: TorchPickle
  /// The bytes of the file.
  let size: Int

  init(_ path: String) throws(ExchangeError) {
    let file = try InputFile(path)
    size = file.size
    let start = try file.read(atMost: 4, from: 0)
    content = start == ZipArchive.signature ? try Self.archive(file) : try Self.pickles(file)
  }

  // MARK: Archives

  private static func archive(_ file: InputFile) throws(ExchangeError) -> TorchPickle {
    let archive = try ZipArchive(file: file.path, limit: .max)
    let folder = try folder(of: archive, file.path)
    let limit = mostBytes + 32 * min(file.size, 1 << 50)
    let entry = "\(folder)/data.pkl"
    guard let bytes = try archive.content(of: entry, limit: limit) else {
      throw ExchangeError(file: file.path, expected: "the entry \(entry)", found: "none")
    }
    var input = PickleInput(bytes, path: file.path, entry: entry)
    let pickle = try Unpickler.read(&input, advice: advice)
    // Files of before version 2.1 do not say it; hardly any machine has another order.
    let order = try archive.content(of: "\(folder)/byteorder", limit: 64) ?? Array("little".utf8)
    guard ["little", "big"].contains(String(decoding: order, as: UTF8.self)) else {
      throw ExchangeError(
        file: file.path, object: "\(folder)/byteorder", expected: "little or big", found: "something else")
    }
    return TorchPickle(
      pickle: pickle,
      place: .archive(archive, folder: folder, isBigEndian: order == Array("big".utf8), limit: limit))
  }

  /// The folder with the pickle.
  private static func folder(of archive: ZipArchive, _ path: String) throws(ExchangeError) -> String {
    let failure = { (found: String) in
      ExchangeError(file: path, expected: "a file of torch.save with weights", found: found)
    }
    let names = archive.names.map { $0.split(separator: "/").map(String.init) }
    if names.contains(where: { $0.last == "constants.pkl" || $0.dropFirst().first == "code" }) {
      throw failure("a TorchScript archive, which holds code; \(advice)")
    }
    let programs = [["archive_format"], ["models", "model.json"]]
    let oldProgram = ["serialized_exported_program.json"]
    if names.contains(where: { programs.contains(Array($0.dropFirst())) || $0 == oldProgram }) {
      throw failure("an exported program (.pt2), which holds a graph; \(advice)")
    }
    let folders = names.filter { $0.count == 2 && $0[1] == "data.pkl" }.map { $0[0] }
    guard let folder = folders.first else { throw failure("an archive without data.pkl") }
    guard folders.count == 1 else { throw failure("\(folders.count) pickles: \(folders.joined(separator: ", "))") }
    return folder
  }

  // MARK: Pickles

  private static func pickles(_ file: InputFile) throws(ExchangeError) -> TorchPickle {
    guard isPickle(try file.read(atMost: 256, from: 0)) else {
      throw ExchangeError(file: file.path, expected: "a file of torch.save", found: "something else")
    }
    var input = PickleInput(file)
    let first = try Unpickler.read(&input, advice: advice)
    guard case .wideInteger(magic) = first.root else { return TorchPickle(pickle: first, place: .nowhere) }
    let version = try Unpickler.read(&input, advice: advice).root.integer
    guard version == Self.version else {
      throw ExchangeError(
        file: file.path, expected: "version \(Self.version) of PyTorch's old form",
        found: version.map(String.init) ?? "another one")
    }
    // The machine: storages are written least significant byte first on any.
    _ = try Unpickler.read(&input, advice: advice)
    let pickle = try Unpickler.read(&input, advice: advice)
    let keys = try Unpickler.read(&input, advice: advice)
    let storages = try storages(keys, of: pickle, in: file, from: input.position)
    return TorchPickle(pickle: pickle, place: .file(file, storages))
  }

  /// The offset of every storage of the old form, and its bytes: each comes after the number of its elements.
  private static func storages(
    _ keys: Pickle, of pickle: Pickle, in file: InputFile, from start: Int
  ) throws(ExchangeError) -> [String: (offset: Int, size: Int)] {
    var references: [String: TorchPickle.Reference] = [:]
    for object in pickle.objects {
      if let reference = try TorchPickle.reference(object, in: pickle) { references[reference.key] = reference }
    }
    var storages: [String: (offset: Int, size: Int)] = [:]
    var position = start
    for key in keys.items(keys.root) ?? [] {
      guard let name = key.text, let reference = references[name] else {
        throw keys.failure(expected: "the keys of storages", found: "another one")
      }
      let header = try file.read(atMost: 8, from: position)
      let bytesEach = reference.element?.byteCount ?? 1
      guard header.count == 8, case let count = littleEndianInteger(header, at: 0, count: 8), count == reference.count,
        count <= (file.size - position - 8) / bytesEach
      else {
        throw ExchangeError(
          file: file.path, object: "storage \(name)", expected: "\(reference.count) numbers at byte \(position)",
          found: "other data, or the end of the file")
      }
      storages[name] = (position + 8, count * bytesEach)
      position += 8 + count * bytesEach
    }
    return storages
  }
}

// MARK: - Recognition

extension TorchFile {
  /// Whether the file at a path looks like one of PyTorch, readable or not, or like any pickle.
  static func recognises(_ path: String) -> Bool {
    guard let file = try? InputFile(path), let start = try? file.read(atMost: 256, from: 0) else { return false }
    guard start.starts(with: ZipArchive.signature) else { return isPickle(start) }
    // The first entry's name, because an archive that is cut short has no directory.
    let nameEnd = 30 + (start.count >= 30 ? littleEndianInteger(start, at: 26, count: 2) : 0)
    let first = nameEnd <= start.count ? String(decoding: start[30..<nameEnd], as: UTF8.self) : ""
    if first.hasSuffix("/data.pkl") { return true }
    let names = (try? ZipArchive(file: path, limit: .max))?.names ?? []
    return names.contains { name in
      ["/data.pkl", "/constants.pkl", "/archive_format"].contains { name.hasSuffix($0) }
    } || ["/byteorder", "/version"].allSatisfy { end in names.contains { $0.hasSuffix(end) } }
  }

  /// Whether bytes begin a pickle: of protocol 2 to 5, or of 0 with a dictionary, a list, a text or a global.
  private static func isPickle(_ start: [UInt8]) -> Bool {
    if start.count >= 2, start[0] == PickleOpcode.proto.rawValue { return start[1] <= 5 }
    let text = String(decoding: start, as: UTF8.self)
    let beginnings = ["(dp", "(lp", "(S'", "(i", "(dq", "(lq"]
    if beginnings.contains(where: { text.hasPrefix($0) }) { return true }
    // A global: `c`, and a line each with the names of a module and of what is in it.
    let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
    let isName = { (name: Substring) in
      !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    }
    // Then it is called, put into the memo or taken as it is: a line of text begins otherwise, as a rule.
    return lines.count == 3 && lines[0].hasPrefix("c") && isName(lines[0].dropFirst()) && isName(lines[1])
      && "(pq).".contains(lines[2].prefix(1))
  }
}
