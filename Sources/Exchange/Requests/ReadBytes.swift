import Glibc

/// How many bytes a reading process has before it.
package enum ReadBytes {
  /// PNG and JPEG images grow sixteen times as much as other data when they are read.
  private static let imageFactor = 16
  /// More than there are classes in any dataset, and few enough where somebody names `/`.
  private static let mostFolders = 1 << 15
  private static let mostDepth = 4

  /// The size of files and directories, with the data that ONNX and safetensors files have beside them.
  package static func count(of paths: [String]) -> Int {
    paths.reduce(0) { $0 + count($1) + companions(of: $1).reduce(0) { $0 + size($1) } }
  }

  /// The files that weights of this file may be in, by their usual names.
  private static func companions(of path: String) -> [String] {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    let isIndex = path.hasSuffix(SafetensorsFile.indexEnding)
    guard isIndex || path.hasSuffix(".onnx"), let content = try? DirectoryContent(folder) else { return [] }
    return content.files.filter { isIndex ? $0.hasSuffix(".safetensors") : $0.hasSuffix("data") }.map { folder + $0 }
  }

  /// The size of a file, or of what lies in a directory and in folders below it.
  private static func count(_ path: String) -> Int {
    guard InputFile.isDirectory(path) else { return size(path) }
    var folders = [(path: path, depth: 0)]
    var seen: Set<DirectoryContent.Identity> = []
    var bytes = 0
    while let (folder, depth) = folders.popLast(), seen.count < mostFolders {
      // Links may lead in circles.
      guard let content = try? DirectoryContent(folder), seen.insert(content.identity).inserted else { continue }
      for name in content.files {
        bytes += size("\(folder)/\(name)") * (ImageFile.kind(ofName: name) == .none ? 1 : imageFactor)
      }
      if depth < mostDepth { folders += content.folders.map { ("\(folder)/\($0)", depth + 1) } }
    }
    return bytes
  }

  /// The size of a file, limited by the blocks that it takes on the disk: a sparse file may claim a terabyte. File systems
  /// that compress need fewer blocks than there are bytes.
  private static func size(_ path: String) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { return 0 }
    return min(Int(status.st_size), max(64 << 20, 8 * 512 * min(Int(status.st_blocks), 1 << 40)))
  }
}
