import Exchange
import Glibc
import Isolation
import Networks

/// Hands bytes to every reader of files; libFuzzer calls it with ever new ones. A reader may refuse them; it may not crash,
/// hang or take gigabytes.
///
/// The first byte chooses the reader, so that mutation and crossover stay within a format.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  guard count > 0, let reader = FuzzedReader(rawValue: bytes[0] % FuzzedReader.count) else { return 0 }
  let path = directory + reader.fileName
  write(UnsafeRawBufferPointer(start: bytes + 1, count: count - 1), to: path)
  defer { unlink(path) }
  reader.read(path)
  return 0
}

/// Where SwiftPM lets a program begin; libFuzzer has a beginning of its own.
@_cdecl("fuzz_readers_main")
public func fuzzReadersMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments, testOneInput)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

private enum FuzzedReader: UInt8, CaseIterable {
  case model, archive, architecture, dataset, numpyArchive, idx, adversarialSet, map, image, onnx, safetensors, torch
  case cifar

  static let count = UInt8(allCases.count)

  var fileName: String {
    switch self {
    case .model, .dataset, .adversarialSet: "/input.h5"
    case .archive: "/input.keras"
    case .architecture: "/input.json"
    case .numpyArchive: "/input.npz"
    case .idx: "/idx/t10k-images-idx3-ubyte"
    case .map: "/map.txt"
    case .image: "/images/a/1.png"
    case .onnx: "/input.onnx"
    case .safetensors: "/input.safetensors"
    case .torch: "/input.pt"
    case .cifar: "/cifar/test_batch"
    }
  }

  func read(_ path: String) {
    switch self {
    case .model, .archive, .onnx, .safetensors, .torch:
      if let (model, notes) = try? ModelRequest(path: path).read() { handOver(model, notes) }
      _ = try? ProposedChain.propose(for: path)
      _ = try? ModelRequest(path: path, architecture: "tinycnn", inputShape: [1, 8, 8], classCount: 3).read()
    case .architecture: _ = try? ModelRequest(path: weights, architecture: path).read()
    case .dataset, .numpyArchive, .idx, .image, .cifar:
      let file =
        switch self {
        case .idx: directory + "/idx"
        case .image: directory + "/images"
        case .cifar: directory + "/cifar"
        default: path
        }
      for split in ["train", "test"] {
        if let data = try? Dataset.read(from: file, DatasetSelection(split: split)) { handOver(data) }
      }
      if self == .numpyArchive {
        _ = try? NumPyListing(file)
        _ = try? AdversarialSet.read(from: file)
      }
    case .adversarialSet: _ = try? AdversarialSet.read(from: path)
    case .map: _ = try? ModelRequest(path: weights, architecture: "tinycnn", map: path).read()
    }
  }

  /// What was read must survive the way to another process.
  private func handOver(_ model: ModelFile, _ notes: [Note]) {
    var bytes: [UInt8] = []
    do {
      try model.flat(notes: notes).write { bytes += $0 }
      var position = 0
      let message = try FlatMessage<ModelFile.FlatHead>(limit: 1 << 30) { buffer in
        guard position + buffer.count <= bytes.count else { fatalError("a message that ends early") }
        bytes.withUnsafeBytes {
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(buffer.count)))
        }
        position += buffer.count
      }
      guard try ModelFile(flat: message).sha256 == model.sha256 else { fatalError("another model") }
    } catch {
      fatalError("a model that was read cannot be handed over: \(error)")
    }
  }

  private func handOver(_ data: Dataset) {
    guard data.pixelRange.contains(data.images) else {
      fatalError("pixels outside the range")
    }
    guard data.labels.allSatisfy({ (0..<data.classCount).contains($0) }) else {
      fatalError("labels outside the classes")
    }
  }
}

/// Where the files of this process lie: in memory.
private let directory: String = {
  let path = "/dev/shm/advlab-fuzz-\(getpid())"
  mkdir(path, 0o700)
  for name in ["/idx", "/images", "/images/a", "/cifar"] { mkdir(path + name, 0o700) }
  let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]
  labels.withUnsafeBytes { write($0, to: path + "/idx/t10k-labels-idx1-ubyte") }
  atexit {
    for name in ["/idx/t10k-labels-idx1-ubyte", "/idx/t10k-images-idx3-ubyte", "/weights.h5", "/input.h5"] {
      unlink(directory + name)
    }
    for name in ["/idx", "/images/a", "/images", "/cifar", ""] { rmdir(directory + name) }
  }
  return path
}()

/// Weights to which architectures and maps are applied.
private let weights: String = {
  let path = directory + "/weights.h5"
  guard let network = try? Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 3),
    let parameters = try? Parameters.initial(for: network, random: RandomSource(seed: 0))
  else { fatalError("no tinycnn") }
  _ = try? PyTorchFormat.write(network, parameters, to: path)
  return path
}()

private func write(_ bytes: UnsafeRawBufferPointer, to path: String) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0, Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count else {
    fatalError("cannot write \(path): \(errno)")
  }
  close(descriptor)
}
