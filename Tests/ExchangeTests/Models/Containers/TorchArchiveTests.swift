import Exchange
import Networks
import Testing

struct TorchArchiveTests {
  /// An archive like PyTorch's, with any pickle and storages, as of a file models.pt.
  private static func archive(_ pickle: Pickled, _ storages: [[UInt8]], order: String) throws -> [UInt8] {
    var writer = ZipWriter()
    try writer.append("models/data.pkl", pickle.bytes, path: "")
    try writer.append("models/byteorder", Array(order.utf8), path: "")
    for (index, bytes) in storages.enumerated() { try writer.append("models/data/\(index)", bytes, path: "") }
    return writer.finished()
  }

  private static func read(
    _ pickle: Pickled, _ storages: [[UInt8]] = [], order: String = "little"
  ) throws -> TorchArchive {
    try read(archive(pickle, storages, order: order))
  }

  private static func read(_ bytes: [UInt8]) throws -> TorchArchive {
    let directory = try TemporaryDirectory()
    let path = try directory.write("x.pt", bytes)
    return try withExtendedLifetime(directory) { try TorchArchive(path) }
  }

  /// Eight numbers of single precision, 0 to 7.
  private static let eight = (0..<8).flatMap { bytes([Float($0).bitPattern]) }

  /// A tensor of these.
  private static func tensor(
    _ shape: [Int], strides: [Int], offset: Int = 0, more: [Pickled] = [], device: String = "cpu", count: Int = 8
  ) -> Pickled {
    .named([
      ("w", .tensor(count: count, offset: offset, shape, strides: strides, device: device, more: more))
    ])
  }

  private struct View {
    let shape: [Int]
    let strides: [Int]
    let offset: Int
    let expected: [Float]
  }

  @Test func views() throws {
    let views = [
      View(shape: [2, 4], strides: [4, 1], offset: 0, expected: [0, 1, 2, 3, 4, 5, 6, 7]),
      View(shape: [4, 2], strides: [1, 4], offset: 0, expected: [0, 4, 1, 5, 2, 6, 3, 7]),
      View(shape: [2, 2], strides: [4, 2], offset: 1, expected: [1, 3, 5, 7]),
      View(shape: [2, 3], strides: [0, 1], offset: 5, expected: [5, 6, 7, 5, 6, 7]),
      View(shape: [3], strides: [0], offset: 7, expected: [7, 7, 7]),
      View(shape: [], strides: [], offset: 3, expected: [3]),
      View(shape: [0, 9], strides: [100, 100], offset: 0, expected: []),
      View(shape: [1, 3], strides: [1000, 2], offset: 3, expected: [3, 5, 7]),
      View(shape: [2, 2, 2], strides: [1, 2, 4], offset: 0, expected: [0, 4, 2, 6, 1, 5, 3, 7]),
    ]
    for view in views {
      let pickle = Self.tensor(view.shape, strides: view.strides, offset: view.offset)
      let archive = try Self.read(pickle, [Self.eight])
      let tensor = archive.tensors[0].tensor
      #expect(archive.tensors[0].components == ["w"])
      #expect(tensor.shape == Shape(view.shape))
      #expect(tensor.typeName == "torch.float32")
      #expect(try tensor.scalars() == view.expected, "\(view)")
      #expect(try tensor.preciseScalars() == view.expected.map(Double.init))
    }
  }

  @Test func tensorsThatReachBeyondTheirNumbers() {
    let lies: [(Pickled, String)] = [
      (Self.tensor([9], strides: [1]), "within 8 numbers"),
      (Self.tensor([8], strides: [1], offset: 1), "within 8 numbers"),
      (Self.tensor([2], strides: [8]), "within 8 numbers"),
      (Self.tensor([2], strides: [.max]), "within 8 numbers"),
      (Self.tensor([3], strides: [.max]), "2⁶³"),
      (Self.tensor([1], strides: [1], offset: .max), "within 8 numbers"),
      (Self.tensor([2], strides: [-1], offset: 7), "not negative"),
      (Self.tensor([1], strides: [1], offset: -1), "not negative"),
      (Self.tensor([-1], strides: [1]), "overflows"),
      (Self.tensor([1 << 62, 4], strides: [0, 0]), "overflows"),
      (Self.tensor([1 << 33], strides: [0]), "of this size"),
      (Self.tensor([2, 2], strides: [1]), "a stride for each"),
      (Self.tensor(Array(repeating: 1, count: 40), strides: Array(repeating: 1, count: 40)), "32 axes"),
      (Self.tensor([9], strides: [1], count: 9), "32 bytes"),
      (Self.tensor([9], strides: [1], count: .max), "32 bytes"),
      (Self.tensor([8], strides: [1], device: "meta"), "meta tensor"),
      (Self.tensor([8], strides: [1], more: [.named([("neg", .integer(1))])]), "another sign"),
      (.named([("w", .tensor(key: "1", count: 8, [8], strides: [1]))]), "no such entry"),
      (.named([("w", .tensor(count: 8, [8], strides: [1], storage: "UntypedStorage"))]), "a storage with its type"),
      (.named([("w", .integer(1)), ("w", .integer(2))]), "a name twice"),
      (.named([("lr", .integer(1))]), "a dictionary of tensors"), (.integer(1), "a dictionary of tensors"),
      (.tensor(count: 8, [8], strides: [1]), "a dictionary of tensors"),
    ]
    for (pickle, words) in lies {
      let error = #expect(throws: ExchangeError.self) { try Self.read(pickle, [Self.eight]) }
      #expect(error?.message.contains(words) ?? false, "\(words): \(error?.message ?? "")")
    }
  }

  /// Many views of one storage, none of which is large.
  @Test func manyTensorsOfFewNumbers() {
    let large = Pickled.tensor(count: 8, [1 << 22], strides: [0])
    let five = Pickled.list(Array(repeating: large, count: 5))
    let error = #expect(throws: ExchangeError.self) { try Self.read(five, [Self.eight]) }
    #expect(error?.message.contains("of this size") ?? false, "\(error?.message ?? "")")
  }

  private struct Stored {
    let storage: String
    let type: String
    let bytes: [UInt8]
    let value: Double
  }

  @Test func everyType() throws {
    let types = [
      Stored(storage: "Double", type: "float64", bytes: bytes([(1.5 as Double).bitPattern]), value: 1.5),
      Stored(storage: "Float", type: "float32", bytes: bytes([Float(1.5).bitPattern]), value: 1.5),
      Stored(storage: "Half", type: "float16", bytes: bytes([Float16(1.5).bitPattern]), value: 1.5),
      Stored(storage: "BFloat16", type: "bfloat16", bytes: bytes([0x3FC0 as UInt16]), value: 1.5),
      Stored(storage: "Long", type: "int64", bytes: bytes([-2 as Int64]), value: -2),
      Stored(storage: "Int", type: "int32", bytes: bytes([-2 as Int32]), value: -2),
      Stored(storage: "Short", type: "int16", bytes: bytes([-2 as Int16]), value: -2),
      Stored(storage: "Char", type: "int8", bytes: [0xFE], value: -2),
      Stored(storage: "Byte", type: "uint8", bytes: [0xFE], value: 254),
      Stored(storage: "Bool", type: "bool", bytes: [1], value: 1),
    ]
    for stored in types {
      let pickle = Pickled.named([("w", .tensor(count: 1, [1], strides: [1], storage: stored.storage + "Storage"))])
      for (order, bytes) in [("little", stored.bytes), ("big", stored.bytes.reversed())] {
        let tensor = try Self.read(pickle, [bytes], order: order).tensors[0].tensor
        #expect(tensor.typeName == "torch.\(stored.type)")
        #expect(tensor.isFloatingPoint == stored.type.contains("float"))
        #expect(try tensor.preciseScalars() == [stored.value])
        #expect(try tensor.scalars() == [Float(stored.value)])
      }
      #expect(throws: ExchangeError.self) { try Self.read(pickle, [stored.bytes], order: "middle") }
    }
  }

  /// Tensors of storages without a type, parameters, tensors with attributes; these are not of another class.
  @Test func tensorsWithinCalls() throws {
    let reference = Pickled.persistent(
      .tuple([.text("storage"), .global("torch", "UntypedStorage"), .text("0"), .text("cpu"), .integer(32)]))
    func arguments(_ type: String) -> [Pickled] {
      [
        reference, .integer(1), .tuple([.integer(2)]), .tuple([.integer(3)]), .integer(0), .none,
        .global("torch", type),
      ]
    }
    let function = Pickled.global("torch._utils", "_rebuild_tensor_v3")
    let typed = Pickled.call(function, arguments("float32"))
    func wrapped(_ tensor: Pickled) -> Pickled {
      .call(.global("torch._utils", "_rebuild_parameter"), [tensor, .integer(1), .none])
    }
    let parameter = wrapped(typed)
    let attributed = { (name: String) in
      Pickled.call(
        .global("torch._tensor", "_rebuild_from_type_v2"),
        [
          function, .global("torch.nn.parameter", name), .tuple(arguments("float32")),
          .named([("note", .text("x"))]),
        ])
    }
    let archive = try Self.read(.list([typed, parameter, attributed("Parameter")]), [Self.eight])
    #expect(archive.tensors.map(\.components) == [["0"], ["1"], ["2"]])
    for (_, tensor) in archive.tensors { #expect(try tensor.scalars() == [1, 4]) }
    for (refused, words) in [
      (attributed("Thing"), "'torch.nn.parameter.Thing'"),
      (.call(function, arguments("float8_e5m2")), "other numbers ('torch.float8_e5m2')"),
      ((0..<9).reduce(typed) { inner, _ in wrapped(inner) }, "at most 4 parameters"),
      (.call(function, arguments("float32") + [.named([("neg", .integer(1))])]), "another sign"),
    ] {
      let error = #expect(throws: ExchangeError.self) { try Self.read(.list([refused]), [Self.eight]) }
      #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
    }
  }

  private static let weights = Pickled.named([("a.weight", .tensor(count: 8, [8], strides: [1]))])

  /// One set of weights is taken, the model's before its average, and notes name the others.
  @Test func theWeightsOfACheckpoint() throws {
    let archive = try Self.read(
      .named([
        ("epoch", .integer(3)), ("ema", .named([("module", Self.weights)])), ("model", Self.weights),
        ("optimizer", .named([("state", .dictionary([(.integer(0), Self.weights)]))])), ("head", Self.weights),
        ("mean", .tensor(count: 8, [3], strides: [1])), ("network", .none),
        ("loss", .tensor(count: 8, [], strides: [])),
      ]), [Self.eight])
    #expect(archive.tensors.map { $0.components.joined(separator: "/") } == ["model/a/weight", "mean"])
    #expect(archive.notes == ["the weights are those of 'model'; not read: 'ema', 'head'"])
    let average = try Self.read(.named([("ema", .named([("module", Self.weights)]))]), [Self.eight])
    #expect(average.tensors.map { $0.components.joined(separator: "/") } == ["ema/module/a/weight"])
    #expect(average.notes.isEmpty)
    let parts = try Self.read(.named([("encoder", Self.weights), ("heads", .list([Self.weights]))]), [Self.eight])
    #expect(parts.tensors.map { $0.components.joined(separator: "/") } == ["encoder/a/weight", "heads/0/a/weight"])
  }

  /// Lists that hold each other again and again: 2 to the power of 30 values.
  @Test func valuesThatAreCountedOftenComeToAnEnd() throws {
    // Each list is put into the memo, and twice into the next.
    let doubled = (0..<30 as Range<UInt8>).flatMap { index -> [UInt8] in
      [0x71, index, 0x30, 0x5D, 0x68, index, 0x61, 0x68, index, 0x61]
    }
    let error = #expect(throws: ExchangeError.self) { try Self.read([0x80, 2, 0x5D] + doubled + [0x2E]) }
    #expect(error?.message.contains("values") ?? false, "\(error?.message ?? "")")
  }

  /// Pickles of protocol 0 have no signature: texts are not taken for them.
  @Test func textsAreNoPickles() throws {
    let directory = try TemporaryDirectory()
    for (text, isPickle) in [
      ("(dp0\nS'a'\np1\nI1\ns.", true), ("cos\nsystem\n(S'ls'\ntR.", true), ("ccollections\nOrderedDict\np0\n", true),
      ("class\nname\nx,y\n", false), ("c1,c2\n1,2\n3,4\n", false), ("(declare-const X_0 Real)", false), ("{}", false),
      ("", false), ("c", false),
    ] {
      let path = try directory.write("x", Array(text.utf8))
      #expect(TorchArchive.recognises(path) == isPickle, "\(text)")
    }
  }

  // MARK: Writing

  private static let written: [(name: String, tensor: Tensor<Float>)] = [
    ("b.weight", Tensor(shape: [2, 3], scalars: [0, -0.0, .leastNonzeroMagnitude, .infinity, 1.5, -2])),
    ("a.bias", Tensor(shape: [], scalars: [7])), ("é", Tensor(shape: [0, 2], scalars: [])),
    ("conv.weight", Tensor(shape: [2, 3, 1, 2], scalars: (0..<12).map(Float.init))),
  ]

  private static let named = written.map { NamedTensor(name: $0.name, values: .floats($0.tensor)) }

  @Test func whatIsWrittenIsReadInItsOrder() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("x.pt", [])
    try TorchArchive.write(Self.named, architecture: "", to: path)
    #expect(TorchArchive.recognises(path))
    let archive = try TorchArchive(path)
    #expect(archive.tensors.map { $0.components.joined(separator: ".") } == Self.written.map(\.name))
    #expect(archive.keepsOrder && archive.notes.isEmpty)
    for (found, expected) in zip(archive.tensors, Self.written) {
      #expect(found.tensor.shape == expected.tensor.shape)
      #expect(try found.tensor.scalars().map(\.bitPattern) == expected.tensor.scalars.map(\.bitPattern))
    }
  }

  /// Storages begin at multiples of 64 bytes, where they can be mapped into memory; the name of the file is not in it.
  @Test func theBytesThatAreWritten() throws {
    let directory = try TemporaryDirectory()
    let paths = try ["x.pt", "y.pt"].map { try directory.write($0, []) }
    for path in paths { try TorchArchive.write(Self.named, architecture: "", to: path) }
    let bytes = try directory.read("x.pt")
    #expect(try bytes == directory.read("y.pt"))
    let twelve = (0..<12).flatMap { ExchangeTests.bytes([Float($0).bitPattern]) }
    #expect(try #require(bytes.indices.first { bytes[$0...].starts(with: twelve) }) % 64 == 0)
  }

  @Test func twoTensorsOfOneNameAreNotWritten() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/x.pt"
    let error = #expect(throws: ExchangeError.self) {
      try TorchArchive.write([Self.named[0], Self.named[0]], architecture: "", to: path)
    }
    #expect(error?.kind == .cannotWrite)
    #expect(directory.names.allSatisfy { !$0.hasSuffix("x.pt") })
  }
}
