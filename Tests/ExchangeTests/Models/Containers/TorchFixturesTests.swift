import Exchange
import Foundation
import Glibc
import Networks
import Testing

/// Files that torch 2.15 wrote, and files made to do harm: those with the weights of a network against the file of the
/// same weights that the safetensors library wrote.
struct TorchFixturesTests {
  private static let folder = "fixtures2/exchange"

  /// What the messages about files that are refused must name.
  private static let refusals: [String: String] = [
    "bad_s_expand.pt": "numbers in a file of this size", "bad_s_negoffset.pt": "not negative",
    "bad_s_negstride.pt": "not negative", "bad_s_nodata.pt": "no such entry", "bad_s_nopkl.pt": "data.pkl",
    "bad_s_numel.pt": "32 bytes", "bad_s_offset.pt": "within 8 numbers", "bad_s_overflow.pt": "overflows",
    "bad_s_path.pt": "escape.txt", "bad_s_shortstorage.pt": "3072 bytes", "bad_s_size.pt": "within 8 numbers",
    "bad_s_trunc0.pt": "a file of torch.save", "bad_s_trunc1.pt": "a file of torch.save",
    "bad_s_trunc2.pt": "cut short", "bad_s_trunc3.pt": "cut short", "bad_s_zipbomb.pt": "a dictionary of tensors",
    "evil_s_binstr.pkl": "the end after 3", "evil_s_cycle.pkl": "a dictionary of tensors",
    "evil_s_deep.pkl": "stack", "evil_s_eval.pt": "'__builtin__.eval'",
    "evil_s_exec.pt": "'__builtin__.exec'", "evil_s_ext.pkl": "extension registry",
    "evil_s_getattr.pt": "'__builtin__.getattr'", "evil_s_inst.pkl": "'os.system'",
    "evil_s_legacy.pt": "'posix.system'", "evil_s_long.pkl": "the end after 10", "evil_s_memo.pkl": "stack",
    "evil_s_nest.pkl": "a dictionary of tensors", "evil_s_plain.pkl": "'os.system'", "evil_s_popen.pt": "Popen'",
    "evil_s_system.pt": "'posix.system'", "pt_mlp_complex.pt": "complex", "pt_mlp_exported.pt2": "exported program",
    "pt_mlp_module.pt": "a whole module", "pt_mlp_module_legacy.pt": "a whole module",
    "pt_mlp_quantized.pt": "quantised", "pt_mlp_sparse.pt": "sparse", "pt_mlp_torchscript.pt": "TorchScript",
  ]
  /// Those with other weights than the file of their network: one has been changed, one is missing or too many.
  private static let others: Set = [
    "pt_mlp_extra.pt", "pt_mlp_missing.pt", "pt_mlp_nan.pt", "pt_mlp_shape.pt", "pt_mlp_weightnorm.pt",
  ]

  private static func names() throws -> [String] {
    guard let path = SharedFiles.path("\(folder)/MANIFEST.tsv") else { return [] }
    return try readText(path).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t")
      guard fields.count > 1, fields[0].hasPrefix("pt_") || fields[0].contains("_s_") else { return nil }
      return fields[0].contains("safetensors") ? nil : String(fields[0])
    }
  }

  /// The tensors by their names in the modules, in the order of the file.
  private static func tensors(_ path: String) throws -> [(name: String, values: [Double])] {
    try TorchArchive(path).tensors.filter(\.tensor.isFloatingPoint).map { components, tensor in
      var name = components.joined(separator: ".")
      for wrapper in ["net.module", "state_dict", "model_state_dict", "model", "module", "_orig_mod"] {
        if name.hasPrefix(wrapper + ".") { name.removeFirst(wrapper.count + 1) }
      }
      let values = try tensor.preciseScalars()
      #expect(values.count == tensor.shape.count)
      let single = try tensor.scalars().map(Double.init)
      #expect(zip(single, values).allSatisfy { $0 == Double(Float($1)) || $0.isNaN && $1.isNaN })
      return (name, values)
    }
  }

  /// The tensors of a file of safetensors: a length, JSON with types and offsets, the bytes.
  private static func safetensors(_ path: String) throws -> [String: [Double]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: data[8..<8 + length])
    var tensors: [String: [Double]] = [:]
    for (name, entry) in try #require(header as? [String: Any]) {
      guard let entry = entry as? [String: Any], let offsets = entry["data_offsets"] as? [Int] else { continue }
      let bytes = Array(data[8 + length + offsets[0]..<8 + length + offsets[1]])
      let bits = { (index: Int, count: Int) in
        (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[index * count + $1]) << (8 * UInt64($1)) }
      }
      switch entry["dtype"] as? String {
      case "F64": tensors[name] = (0..<bytes.count / 8).map { Double(bitPattern: bits($0, 8)) }
      case "F32": tensors[name] = (0..<bytes.count / 4).map { Double(Float(bitPattern: UInt32(bits($0, 4)))) }
      case "F16": tensors[name] = (0..<bytes.count / 2).map { Double(Float16(bitPattern: UInt16(bits($0, 2)))) }
      case "BF16": tensors[name] = (0..<bytes.count / 2).map { Double(Float(bitPattern: UInt32(bits($0, 2)) << 16)) }
      default: break
      }
    }
    return tensors
  }

  /// The file with the same weights.
  private static func reference(_ name: String) -> String {
    let precisions = ["bfloat16", "float16", "float64"].filter { name == "pt_mlp_\($0).pt" }
    let mlp = "pt_mlp" + precisions.map { "_\($0)" }.joined()
    let others = ["pt_resnet18": "pt_resnet18", "pt_lenet5": "pt_lenet5_meta"]
    return "\(folder)/\(others.first { name.hasPrefix($0.key) }?.value ?? mlp).safetensors"
  }

  @Test func everyFileIsReadOrRefused() throws {
    let names = try Self.names()
    #expect(names.isEmpty || names.count > 60)
    for name in names {
      guard let path = SharedFiles.path("\(Self.folder)/\(name)") else { continue }
      if let words = Self.refusals[name] {
        let error = #expect(throws: ExchangeError.self, "\(name)") { try TorchArchive(path) }
        #expect(error?.message.contains(words) ?? false, "\(name): \(error?.message ?? "")")
        #expect(error?.file == path)
      } else if name.hasPrefix("bad_s_flip") {
        // A changed byte: the weights themselves, or an error. No other weights.
        guard let found = try? Self.tensors(path) else { continue }
        let expected = try Self.safetensors(#require(SharedFiles.path(Self.reference(name))))
        #expect(found.allSatisfy { expected[$0.name] == $0.values }, "\(name)")
      } else if Self.others.contains(name) {
        #expect(try !Self.tensors(path).isEmpty, "\(name)")
      } else if name != "bad_s_bigendian.pt", let weights = SharedFiles.path(Self.reference(name)) {
        let found = try Self.tensors(path)
        let expected = try Self.safetensors(weights).filter { !$0.key.hasSuffix("num_batches_tracked") }
        #expect(Set(found.map(\.name)) == Set(expected.keys), "\(name)")
        #expect(found.allSatisfy { expected[$0.name] == $0.values }, "\(name)")
      }
    }
    #expect(access("/tmp/advlab_PWNED_S", F_OK) != 0)
  }

  /// The file says that its bytes are most significant first, though they are those of the other order.
  @Test func theByteOrderOfAFile() throws {
    guard let path = SharedFiles.path("\(Self.folder)/bad_s_bigendian.pt"),
      let weights = SharedFiles.path("\(Self.folder)/pt_mlp.safetensors")
    else { return }
    let bias = try #require(try Self.tensors(path).first { $0.name == "net.3.bias" }).values
    let swapped = bias.map { Double(Float(bitPattern: Float($0).bitPattern.byteSwapped)) }
    #expect(try swapped == Self.safetensors(weights)["net.3.bias"])
  }

  @Test func everyFileIsRecognised() throws {
    for name in try Self.names() {
      guard let path = SharedFiles.path("\(Self.folder)/\(name)") else { continue }
      // Two without their first bytes; of one with a changed byte it may be the signature.
      let isEmpty = name == "bad_s_trunc0.pt" || name == "bad_s_trunc1.pt"
      #expect(TorchArchive.recognises(path) == !isEmpty, "\(name)")
    }
    for name in ["pt_mlp.safetensors", "pt_mlp.io.h5", "mlp_ts7.onnx", "MANIFEST.tsv", "README.md"] {
      guard let path = SharedFiles.path("\(Self.folder)/\(name)") else { continue }
      #expect(!TorchArchive.recognises(path), "\(name)")
    }
  }
}
