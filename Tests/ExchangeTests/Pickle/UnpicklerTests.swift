import Exchange
import Networks
import Testing

struct UnpicklerTests {
  private static func read(_ bytes: [UInt8]) throws -> Pickle {
    var input = PickleInput(bytes, path: "x.pkl")
    return try Unpickler.read(&input, advice: "save something else")
  }

  private static func described(_ bytes: [UInt8]) throws -> String {
    let pickle = try read(bytes)
    return pickle.described(pickle.root)
  }

  /// The same object as Python 3.11 writes it in the protocols 0 to 5.
  private static let protocols = [
    "286470300a56610a70310a286c70320a49300a61493235350a61493235360a614936353533360a61492d310a614c323134373438333634384c"
      + "0a614c313039393531313632373737364c0a614c2d393232333337323033363835343737353830384c0a614930310a614930300a614e6146"
      + "312e350a61462d302e300a617356740a70330a2828742849310a7470340a2849310a49320a7470350a2849310a49320a49330a7470360a28"
      + "49310a49320a49330a49340a7470370a7470380a7356e95c75323061635c5530303031643131650a70390a56615c75303030615c75303035"
      + "63753030343109620a7031300a7356620a7031310a635f636f646563730a656e636f64650a7031320a28565c7530303030ff61620a703133"
      + "0a566c6174696e310a7031340a747031350a527031360a7356730a7031370a286c7031380a56780a7031390a616731390a61732e",
    "7d71002858010000006171015d7102284b004bff4d00014a000001004affffffff4c323134373438333634384c0a4c313039393531313632"
      + "373737364c0a4c2d393232333337323033363835343737353830384c0a4930310a4930300a4e473ff8000000000000478000000000000000"
      + "6558010000007471032829284b01747104284b014b02747105284b014b024b03747106284b014b024b034b04747107747108580900000"
      + "0c3a9e282acf09d849e7109580a000000610a5c75303034310962710a580100000062710b635f636f646563730a656e636f64650a710c28"
      + "580500000000c3bf6162710d58060000006c6174696e31710e74710f52711058010000007371115d7112285801000000787113681365752e",
    "80027d71002858010000006171015d7102284b004bff4d00014a000001004affffffff8a0500000080008a060000000000018a0800000000"
      + "0000008088894e473ff800000000000047800000000000000065580100000074710328294b018571044b014b028671054b014b024b0387"
      + "7106284b014b024b034b047471077471085809000000c3a9e282acf09d849e7109580a000000610a5c75303034310962710a5801000000"
      + "62710b635f636f646563730a656e636f64650a710c580500000000c3bf6162710d58060000006c6174696e31710e86710f527110580100"
      + "00007371115d7112285801000000787113681365752e",
    "80037d71002858010000006171015d7102284b004bff4d00014a000001004affffffff8a0500000080008a060000000000018a0800000000"
      + "0000008088894e473ff800000000000047800000000000000065580100000074710328294b018571044b014b028671054b014b024b0387"
      + "7106284b014b024b034b047471077471085809000000c3a9e282acf09d849e7109580a000000610a5c75303034310962710a5801000000"
      + "62710b430400ff6162710c580100000073710d5d710e28580100000078710f680f65752e",
    "800495a3000000000000007d94288c0161945d94284b004bff4d00014a000001004affffffff8a0500000080008a060000000000018a0800"
      + "0000000000008088894e473ff8000000000000478000000000000000658c01749428294b0185944b014b0286944b014b024b038794284b"
      + "014b024b034b04749474948c09c3a9e282acf09d849e948c0a610a5c75303034310962948c016294430400ff6162948c0173945d94288c"
      + "017894680f65752e",
  ]

  @Test(arguments: 0...5)
  func aPickleOfEachProtocol(_ number: Int) throws {
    var bytes = hexadecimal(Self.protocols[min(number, 4)])
    // Of these values protocol 5 writes nothing differently.
    if number == 5 { bytes[1] = 5 }
    let pickle = try Self.read(bytes)
    let value = { (key: String) in pickle.value(of: key, in: pickle.root).map { pickle.described($0) } }
    let numbers = "0, 255, 256, 65536, -1, 2147483648, 1099511627776, -9223372036854775808"
    #expect(value("a") == "[\(numbers), True, False, None, 1.5, -0.0]")
    #expect(value("t") == "((), (1), (1, 2), (1, 2, 3), (1, 2, 3, 4))")
    #expect(value("é€𝄞") == "'a\n\\u0041\tb'")
    #expect(value("s") == "['x', 'x']")
    #expect(try pickle.bytes(#require(pickle.value(of: "b", in: pickle.root))) == [0, 255, 97, 98])
  }

  /// Instructions that no object above needs, by hand: what Python would make of them.
  @Test(arguments: [
    ("texts of Python 2", "S'a\\'\\\\\\n\\x41\\101\\q'\n.", "b[97, 39, 92, 10, 65, 65, 92, 113]"),
    ("an empty text", "S\"\"\n.", "b[]"), ("SHORT_BINSTRING", "U\u{2}ab.", "b[97, 98]"),
    ("BINSTRING", "T\u{2}\0\0\0ab.", "b[97, 98]"), ("BINBYTES", "B\u{1}\0\0\0a.", "b[97]"),
    ("LONG4", "J\u{1}\0\0\0.", "1"), ("POP", "I1\nI2\n0.", "1"), ("POP of a mark", "I1\n(0.", "1"),
    ("POP_MARK", "I1\n(I2\nI3\n1.", "1"), ("DUP", "]I1\n20a.", "[1]"), ("DICT", "(I1\nI2\nd.", "{1: 2}"),
    ("LIST", "(I1\nI2\nl.", "[1, 2]"), ("SETITEM", "}I1\nI2\ns.", "{1: 2}"),
    ("SETITEMS", "}(I1\nI2\nI3\nI4\nu.", "{1: 2, 3: 4}"), ("GET and PUT", "I7\np9\n0g9\n.", "7"),
    ("BINPUT", "I7\nq\u{9}0h\u{9}.", "7"), ("LONG_BINPUT", "I7\nr\u{9}\u{1}\0\0" + "0j\u{9}\u{1}\0\0.", "7"),
    ("FLOAT", "F-1e3\n.", "-1000.0"), ("PERSID", "Pabc\n.", "@'abc'"), ("BINPERSID", "I1\nQ.", "@1"),
    ("an OrderedDict of Python 2", "ccollections\nOrderedDict\n((l(I1\nI2\nlatR.", "{1: 2}"),
    ("attributes of a dictionary", "ccollections\nOrderedDict\n(tR}I1\nI2\nsb.", "{}"),
    ("a defaultdict", "ccollections\ndefaultdict\n(c__builtin__\nlist\ntRI1\nI2\ns.", "{1: 2}"),
    ("a Counter", "ccollections\nCounter\n(}I1\nI2\nstR.", "{1: 2}"),
    ("INST", "(I1\nitorch\ndevice\n.", "inert(1)"), ("OBJ", "(ctorch\ndevice\nI1\no.", "inert(1)"),
    ("NEWOBJ and its state", "cargparse\nNamespace\n)\u{81}}I1\nI2\nsb.", "inert() with {1: 2}"),
    ("REDUCE", "ctorch\nSize\n((I1\nttR.", "size((1))"), ("a list in itself", "]p0\ng0\na.", "[[[[[[[[…]]]]]]]]"),
  ])
  func instructions(_ name: String, _ text: String, _ expected: String) throws {
    #expect(try Self.described(latin1(text)) == expected, "\(name)")
  }

  @Test(arguments: [
    ("8b030000000102002e", "513"), ("8a002e", "0"), ("8a0980ffffffffffffffff2e", "-128"),
    ("8a090000000000000080002e", "wide[0, 0, 0, 0, 0, 0, 0, 128, 0]"),
    ("8b090000000102030405060708092e", "wide[1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    ("8004950200000000000000882e", "True"), ("8f284b014b02902e", "[1, 2]"), ("284b014b02912e", "(1, 2)"),
    ("8e0100000000000000612e", "b[97]"), ("960100000000000000612e", "b[97]"), ("8d0100000000000000612e", "'a'"),
    ("4b07944b0894303068002e", "7"), ("8c0b636f6c6c656374696f6e738c0b4f7264657265644469637493" + "29522e", "{}"),
    ("8c05746f7263688c0453697a6593297d922e", "size()"), ("4b014b0286852e", "((1, 2))"),
  ])
  func binaryInstructions(_ digits: String, _ expected: String) throws {
    #expect(try Self.described(hexadecimal(digits)) == expected)
  }

  @Test(arguments: [
    ("80062e", "protocol"), ("", "the end"), ("80", "the end"), ("8002", "the end"), ("4e", "the end"), ("2e", "stack"),
    ("282e", "stack"), ("4b0128612e", "stack"), ("ff2e", "instruction"), ("68002e", "memo"),
    ("6affffffff2e", "memo"),
    ("672d310a2e", "memo"), ("72ffffffff2e", "stack"), ("612e", "stack"), ("4b014b02612e", "a list"),
    ("4b014b024b03732e", "a dictionary"), ("7d284b01752e", "a value for every key"), ("652e", "a mark"),
    ("742e", "a mark"),
    ("8effffffffffffffff6162632e", "9223372036854775807 more"), ("58ffffffff61", "4294967295 more"),
    ("8bffffff7f31", "2147483647 more"), ("54ffffffff61", "4294967295 more"), ("95ffffffffffffff7f4e2e", "a frame"),
    ("9510000000000000004e2e", "a frame"), ("82012e", "extension registry"), ("8301002e", "extension registry"),
    ("84010000002e", "extension registry"), ("972e", "a buffer"), ("4e982e", "a buffer"), ("53612e", "the end"),
    ("53610a2e", "quotes"), ("53275c270a2e", "escapes"), ("49780a2e", "a whole number"), ("46780a2e", "a number"),
    ("63706f7369780a73797374656d0a2e", "'posix.system'"), ("28697379730a657869740a2e", "'sys.exit'"),
    ("8c026f738c0673797374656d932e", "'os.system'"), ("636275696c74696e730a6576616c0a2e", "'builtins.eval'"),
    ("4e4e522e", "a tuple of arguments"), ("4e29522e", "function or class"), ("4e4e622e", "given its state"),
    ("5d4e622e", "given its state"),
    ("63746f7263680a53697a650a29524e622e", "given its state"),
    ("63746f7263680a53697a650a297d4b014b027329922e", "without names"),
  ])
  func damagedAndHostile(_ digits: String, _ words: String) {
    let error = #expect(throws: ExchangeError.self) { try Self.read(hexadecimal(digits)) }
    #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
    #expect(error?.file == "x.pkl")
  }

  @Test func everyTruncationIsDetected() {
    for digits in Self.protocols {
      let bytes = hexadecimal(digits)
      for count in bytes.indices {
        #expect(throws: ExchangeError.self, "\(count) bytes") { try Self.read(Array(bytes.prefix(count))) }
      }
    }
  }

  /// Every byte of a pickle replaced by others: it is read or refused.
  @Test func everyOtherByteIsReadOrRefused() {
    var refusals = 0
    for digits in [Self.protocols[0], Self.protocols[2], Self.protocols[4]] {
      let bytes = hexadecimal(digits)
      for index in bytes.indices {
        for value: UInt8 in [0, 0x28, 0x2E, 0x52, 0x61, 0x62, 0x65, 0x75, 0x81, 0x93, 0xFF] {
          var changed = bytes
          changed[index] = value
          if (try? Self.read(changed)) == nil { refusals += 1 }
        }
      }
    }
    #expect(refusals > 0)
  }

  /// Python would run out of stack on the way down, or when it forgets them.
  @Test(arguments: [[0x5D], [0x28], [0x7D, 0x4E], [0x29, 0x85]] as [[UInt8]])
  func objectsDeepWithinEachOther(_ opening: [UInt8]) throws {
    let count = 100_000
    let nested: [UInt8] = Array(repeating: 0x5D, count: count) + Array(repeating: 0x61, count: count - 1) + [0x2E]
    #expect(try Self.described(nested).hasPrefix("[[[[[[[[…"))
    let tuples: [UInt8] = [0x29] + Array(repeating: 0x85, count: count) + [0x2E]
    #expect(try Self.described(tuples).hasPrefix("((((((((…"))
    let open = Array(repeating: opening, count: count).joined() + [0x2E]
    _ = try? Self.read(Array(open))
  }

  /// A dictionary that is copied again and again would take memory without bound.
  @Test func copiesOfDictionariesAreCounted() {
    let entries = [UInt8](repeating: 0x4E, count: 400_000)
    let start = Array("ccollections\nCounter\nq\u{0}0}q\u{1}(".utf8) + entries + [0x75, 0x85, 0x71, 2, 0x30]
    // Get the class and its argument, call it, add an entry.
    let copy: [UInt8] = [0x68, 0, 0x68, 2, 0x52, 0x4E, 0x4E, 0x73]
    let error = #expect(throws: ExchangeError.self) {
      try Self.read(start + Array(repeating: copy, count: 10_000).joined() + [0x2E])
    }
    #expect(error?.message.contains("instructions") ?? false, "\(error?.message ?? "")")
  }

  @Test func aCallInErrorsSaysWhatToDo() {
    let error = #expect(throws: ExchangeError.self) {
      try Self.read(Array("c__main__\nNet\n.".utf8))
    }
    let message =
      "expected tensors, numbers, texts and dictionaries, found '__main__.Net', which only code can bring back, as it "
      + "would a whole module or an object of another class; save something else"
    #expect(error?.message == message)
  }
}
