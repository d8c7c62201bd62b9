import Glibc

/// The text of a file.
func readText(_ path: String) throws -> String {
  guard let file = fopen(path, "r") else { throw TestFailure("\(path): \(errno)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block.prefix(count) }
  return String(decoding: bytes, as: UTF8.self)
}

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
