import Exchange
import Networks
import Testing

/// Every cut and many changes of a file: it is read, or refused with an error, and nothing else happens.
@Test func damagedONNXFilesAreRefusedOrRead() throws {
  let directory = try TemporaryDirectory()
  var graph = ONNXBytes(input: [nil, 1, 4, 4])
  graph.constant("conv.weight", [2, 1, 3, 3], (0..<18).map { Float($0) })
  graph.constant("fc.weight", [3, 8], (0..<24).map { Float($0) })
  graph.add("Conv", ["x", "conv.weight"], ["a"], ["pads": .integers([0, 0, 0, 0])])
  graph.add("Relu", ["a"], ["b"])
  graph.add("Flatten", ["b"], ["c"])
  graph.add("Gemm", ["c", "fc.weight"], ["out"], ["transB": .integer(1)])
  let bytes = graph.bytes(opset: 13)
  #expect(throws: Never.self) { try ONNXFormat.read(try directory.write("a.onnx", bytes)) }
  for length in bytes.indices {
    let path = try directory.write("a.onnx", Array(bytes[..<length]))
    #expect(throws: ExchangeError.self) { try ONNXFormat.read(path) }
  }
  for (index, byte) in bytes.enumerated() {
    for changed in [byte ^ 1, byte ^ 0x80, 0, 0xFF] where changed != byte {
      var damaged = bytes
      damaged[index] = changed
      let path = try directory.write("a.onnx", damaged)
      do { _ = try ONNXFormat.read(path) } catch { #expect(type(of: error) == ExchangeError.self) }
    }
  }
}

@Test(arguments: [
  [0x00, 0x01], [0x0B], [0x3C], [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
  [0x08] + [UInt8](repeating: 0xFF, count: 11), [0x09, 1, 2, 3], [0x0D, 1],
])
func bytesThatAreNoMessageAreRefused(bytes: [UInt8]) throws {
  let directory = try TemporaryDirectory()
  let path = try directory.write("a.onnx", bytes)
  let error = try #require(throws: ExchangeError.self) { try ONNXFormat.read(path) }
  #expect(error.message.contains("Protocol Buffers"), "\(error)")
}
