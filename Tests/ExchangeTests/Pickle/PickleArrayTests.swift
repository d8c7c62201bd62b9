import Exchange
import Networks
import Testing

/// Arrays of NumPy 2.4, pickled by Python 3.11, and of NumPy 1 by Python 2, as CIFAR's batches have them.
struct PickleArrayTests {
  private static func array(_ bytes: [UInt8]) throws -> PickleArray? {
    var input = PickleInput(bytes, path: "x.pkl")
    let pickle = try Unpickler.read(&input, advice: "")
    return try pickle.array(pickle.root)
  }

  /// `numpy.arange(6, dtype=numpy.uint8).reshape(2, 3)` in the protocols 0, 2, 4 and 5.
  @Test(arguments: [
    "636e756d70792e5f636f72652e6d756c746961727261790a5f7265636f6e7374727563740a70300a28636e756d70790a6e6461727261790a70310a"
      + "2849300a7470320a635f636f646563730a656e636f64650a70330a2856620a70340a566c6174696e310a70350a7470360a5270370a7470380a"
      + "5270390a2849310a2849320a49330a747031300a636e756d70790a64747970650a7031310a285675310a7031320a4930300a4930310a747031"
      + "330a527031340a2849330a567c0a7031350a4e4e4e492d310a492d310a49300a747031360a624930300a67330a28565c753030303001020304"
      + "050a7031370a67350a747031380a527031390a747032300a622e",
    "8002636e756d70792e5f636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e6461727261790a7101"
      + "4b00857102635f636f646563730a656e636f64650a7103580100000062710458060000006c6174696e31710586710652710787710852710928"
      + "4b014b024b0386710a636e756d70790a64747970650a710b58020000007531710c898887710d52710e284b0358010000007c710f4e4e4e4aff"
      + "ffffff4affffffff4b0074711062896803580600000000010203040571116805867112527113747114622e",
    "80049591000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d"
      + "7079948c076e6461727261799493944b0085944301629487945294284b014b024b03869468038c0564747970659493948c02753194898887"
      + "945294284b038c017c944e4e4e4affffffff4affffffff4b00749462894306000102030405947494622e",
    "8005957c000000000000008c136e756d70792e5f636f72652e6e756d65726963948c0b5f66726f6d627566666572949394289606000000000000"
      + "00000102030405948c056e756d7079948c0564747970659493948c02753194898887945294284b038c017c944e4e4e4affffffff4affffffff4b"
      + "007494624b024b0386948c014394749452942e",
  ])
  func bytesInEveryProtocol(_ digits: String) throws {
    let array = try #require(try Self.array(hexadecimal(digits)))
    #expect(array.shape == [2, 3])
    #expect(array.bytes == [0, 1, 2, 3, 4, 5])
  }

  /// The beginning of a batch of CIFAR-10: a dictionary of texts that are bytes, and an array with its bytes in one.
  @Test func aDictionaryOfPython2() throws {
    let array =
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntU\u{1}btR(I1\n(I1\nI2\ntcnumpy\ndtype\n"
      + "(U\u{2}u1K\0K\u{1}tR(K\u{3}U\u{1}|NNNJ\u{FF}\u{FF}\u{FF}\u{FF}J\u{FF}\u{FF}\u{FF}\u{FF}K\0tb"
      + "\u{89}U\u{2}\u{C8}\u{7}tb"
    // One name is in Latin-1, and no UTF-8.
    let text = "\u{80}\u{2}}(U\u{4}data\(array)U\u{6}labels](K\u{3}K\u{4}eU\u{2}b\u{E9}Nu."
    var input = PickleInput(latin1(text), path: "data_batch_1")
    let pickle = try Unpickler.read(&input, advice: "")
    let data = try #require(pickle.value(of: "data", in: pickle.root))
    #expect(try pickle.array(data)?.bytes == [200, 7])
    #expect(pickle.value(of: "labels", in: pickle.root).flatMap(pickle.integers) == [3, 4])
    #expect(pickle.value(of: "bé", in: pickle.root) != nil)
  }

  private static func pickled(
    type: String = "f4", shape: [Int] = [2, 1], bytes: String = "01234567", order: String = "<"
  ) -> [UInt8] {
    let latin1: Pickled = .call(.global("_codecs", "encode"), [.text(bytes), .text("latin1")])
    let dtype = Pickled.call(.global("numpy", "dtype"), [.text(order + type), .integer(0), .integer(1)])
    return Pickled.call(
      .global("numpy.core.numeric", "_frombuffer"),
      [latin1, dtype, .tuple(shape.map(Pickled.integer)), .text("C")]
    ).bytes
  }

  @Test func otherElementsAndLiesAreRefused() throws {
    #expect(try Self.array(Self.pickled())?.shape == [2, 1])
    for (bytes, words) in [
      (Self.pickled(type: "O8"), "'<O8'"), (Self.pickled(type: "c8"), "'<c8'"), (Self.pickled(type: "f4x"), "'<f4x'"),
      (Self.pickled(shape: [3, 1]), "the numbers of 3×1"), (Self.pickled(shape: [-2, -1]), "damaged"),
      (Self.pickled(shape: [1 << 62, 4]), "damaged"), (Self.pickled(bytes: "0123456€"), "damaged"),
    ] {
      let error = #expect(throws: ExchangeError.self) { try Self.array(bytes) }
      #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
    }
  }
}
