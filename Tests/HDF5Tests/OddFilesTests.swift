import CHDF5
import Glibc
import HDF5
import Testing

/// Files this module would not write, made with the library itself: types and layouts to refuse, and spellings to accept.
struct OddFilesTests {
  /// Makes a file in the directory with the library's own calls.
  private func make(_ path: String, _ body: (hid_t) -> Void) throws -> Group {
    try Library.locked { () throws(HDF5Error) in
      let access = H5Pcreate(chdf5_file_access_class())
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG)
      let file = H5Fcreate(path, chdf5_truncate(), 0, access)
      body(file)
      H5Fclose(file)
    }
    return try File(reading: path).root
  }

  private func dataset(_ file: hid_t, _ name: String, _ type: hid_t, _ shape: [hsize_t], _ properties: hid_t = 0) {
    let space = shape.isEmpty ? H5Screate(H5S_NULL) : H5Screate_simple(Int32(shape.count), shape, nil)
    H5Dclose(H5Dcreate2(file, name, type, space, 0, properties, 0))
    H5Sclose(space)
  }

  /// A copy of a file that is being written, as a crash leaves it: of the newest form, whose superblock says so.
  @Test func aFileThatWasNotClosed() throws {
    let directory = try TemporaryDirectory()
    let (path, copy) = (directory("open.h5"), directory("copy.h5"))
    try Library.locked { () throws(HDF5Error) in
      let access = H5Pcreate(chdf5_file_access_class())
      H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110)
      let file = H5Fcreate(path, chdf5_truncate(), 0, access)
      dataset(file, "x", chdf5_native_integer(32, 1), [4])
      H5Fflush(file, H5F_SCOPE_GLOBAL)
      #expect((try? write(bytes(of: path), to: copy)) != nil)
      H5Fclose(file)
      H5Pclose(access)
    }
    #expect(try File(reading: path).root.dataset("x").shape == [4])
    let image = try bytes(of: copy)
    let errors = [failure { _ = try File(reading: copy) }, failure { _ = try File(image: image, name: copy) }]
    for error in errors {
      #expect(error?.reason == .content && error?.message.contains("h5clear -s") == true, "\(error as Any)")
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }

  /// As Keras and h5py store it: opaque elements of two bytes. A tag says that they are something else.
  @Test func bfloat16() throws {
    let directory = try TemporaryDirectory()
    // 1, −2, 3.140625, 2⁻¹³³ (below the least normal number), and infinity.
    let halves: [UInt16] = [0x3F80, 0xC000, 0x4049, 0x0001, 0x7F80]
    let root = try make(directory("b.h5")) { file in
      let space = H5Screate_simple(1, [5], nil)
      for (name, tag) in [("plain", ""), ("other", "halves")] {
        let type = H5Tcreate(H5T_OPAQUE, 2)
        if !tag.isEmpty { H5Tset_tag(type, tag) }
        let dataset = H5Dcreate2(file, name, type, space, 0, 0, 0)
        halves.withUnsafeBytes { _ = H5Dwrite(dataset, type, 0, 0, 0, $0.baseAddress) }
        H5Dclose(dataset)
      }
    }
    let dataset = try root.dataset("plain")
    #expect(dataset.elementType == .bfloat16)
    #expect("\(dataset.elementType)" == "bfloat16" && dataset.elementType.isNumeric)
    let expected: [Float] = [1, -2, 3.140625, 0x1p-133, .infinity]
    #expect(try dataset.read(as: Float.self) == expected)
    #expect(try dataset.read(as: Double.self) == expected.map(Double.init))
    #expect(try dataset.readRows(1..<3, as: Float.self) == [-2, 3.140625])
    #expect(try dataset.readRows(0..<2, as: Int.self) == [1, -2])
    #expect(throws: HDF5Error.self) { try dataset.read(as: Int.self) }
    #expect(try root.dataset("other").elementType == .other("opaque of 2 bytes"))
  }

  @Test func unreadableTypesAreNamed() throws {
    let directory = try TemporaryDirectory()
    let float = chdf5_native_float(32)
    let root = try make(directory("f.h5")) { file in
      let compound = H5Tcreate(H5T_COMPOUND, 8)
      H5Tinsert(compound, "r", 0, float)
      H5Tinsert(compound, "i", 4, float)
      dataset(file, "complex", compound, [2])
      dataset(file, "opaque", H5Tcreate(H5T_OPAQUE, 3), [2])
      dataset(file, "ragged", H5Tvlen_create(float), [2])
      var length: hsize_t = 3
      dataset(file, "array", H5Tarray_create2(float, 1, &length), [2])
      H5Tcommit2(file, "type", compound, 0, 0, 0)
    }
    for (name, type) in [
      ("complex", "compound of 2 members"), ("opaque", "opaque of 3 bytes"), ("ragged", "variable-length sequence"),
      ("array", "array type"),
    ] {
      let dataset = try root.dataset(name)
      #expect(dataset.elementType == .other(type))
      #expect(failure { try dataset.read(as: Float.self) }?.message == "expected numbers, found \(type)")
      #expect(failure { try dataset.readStrings() }?.message == "expected strings, found \(type)")
    }
    #expect(try root.kind(of: "type") == .other("stored type"))
    #expect(failure { try root.dataset("type") }?.message == "expected a dataset, found stored type")
  }

  @Test func unusualNumbersRead() throws {
    let directory = try TemporaryDirectory()
    let root = try make(directory("f.h5")) { file in
      let narrow = H5Tcopy(chdf5_native_integer(32, 1))
      H5Tset_precision(narrow, 24)
      dataset(file, "int24", narrow, [2])
      let colour = H5Tenum_create(chdf5_native_integer(16, 0))
      for (name, value) in [("red", UInt16(0)), ("blue", 7)] {
        var value = value
        H5Tenum_insert(colour, name, &value)
      }
      dataset(file, "enum", colour, [3])
      dataset(file, "null", chdf5_native_float(32), [])
      dataset(file, "unwritten", chdf5_native_float(32), [2, 2])
    }
    #expect(try root.dataset("int24").elementType == .integer(bits: 24, signed: true))
    #expect(try root.dataset("int24").read(as: Int32.self) == [0, 0])
    #expect(try root.dataset("enum").elementType == .integer(bits: 16, signed: false))
    #expect(try root.dataset("enum").read(as: UInt8.self) == [0, 0, 0])
    #expect(try root.dataset("null").shape == [0])
    #expect(try root.dataset("null").read(as: Float.self) == [])
    #expect(try root.dataset("unwritten").read(as: Float.self) == [0, 0, 0, 0])
  }

  @Test func dataOutsideTheDatasetAreNotFollowed() throws {
    let directory = try TemporaryDirectory()
    let float = chdf5_native_float(32)
    let root = try make(directory("f.h5")) { file in
      let external = H5Pcreate(chdf5_dataset_creation_class())
      H5Pset_external(external, "/etc/hostname", 0, 8)
      dataset(file, "external", float, [2], external)
      dataset(file, "source", float, [2])
      let virtual = H5Pcreate(chdf5_dataset_creation_class())
      var length: hsize_t = 2
      let space = H5Screate_simple(1, &length, nil)
      H5Pset_virtual(virtual, space, ".", "source", space)
      dataset(file, "virtual", float, [2], virtual)
    }
    #expect(failure { try root.dataset("external").read(as: Float.self) }?.message.contains("another file") == true)
    #expect(failure { try root.dataset("virtual").read(as: Float.self) }?.message.contains("virtual") == true)
    #expect(failure { try root.dataset("virtual").readRows(0..<1, as: Float.self) } != nil)
  }

  @Test func bombsAreRefusedBeforeAllocation() throws {
    let directory = try TemporaryDirectory()
    let root = try make(directory("f.h5")) { file in
      let byte = chdf5_native_integer(8, 0)
      let chunked = H5Pcreate(chdf5_dataset_creation_class())
      var chunk: hsize_t = 1024
      H5Pset_chunk(chunked, 1, &chunk)
      dataset(file, "4TiB", byte, [1 << 42], chunked)
      dataset(file, "128MiB", byte, [1 << 27], chunked)
      var square: [hsize_t] = [1024, 1024]
      H5Pset_chunk(chunked, 2, &square)
      dataset(file, "overflow", byte, [1 << 33, 1 << 33], chunked)
    }
    #expect(failure { try root.dataset("4TiB").read(as: UInt8.self) }?.message.contains("at most 4294967296") == true)
    #expect(failure { try root.dataset("128MiB").read(as: UInt8.self) }?.message.contains("believable") == true)
    #expect(failure { try root.dataset("overflow").read(as: UInt8.self) }?.message.contains("counted") == true)
    // A few rows of it are no danger.
    #expect(try root.dataset("4TiB").readRows(0..<3, as: UInt8.self) == [0, 0, 0])
  }

  @Test func cyclesEnd() throws {
    let directory = try TemporaryDirectory()
    let root = try make(directory("f.h5")) { file in
      let group = H5Gcreate2(file, "g", 0, 0, 0)
      for name in ["up", "again"] { H5Lcreate_hard(file, "/", group, name, 0, 0) }
      H5Gclose(group)
    }
    #expect(try root.walk().map(\.path) == ["g", "g/again", "g/up"])
    #expect(try root.group("g/up/g/again").children().map(\.path) == ["g"])
  }

  @Test func creationOrderIsKept() throws {
    let directory = try TemporaryDirectory()
    let root = try make(directory("f.h5")) { file in
      let ordered = H5Pcreate(chdf5_group_creation_class())
      H5Pset_link_creation_order(ordered, UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED))
      let group = H5Gcreate2(file, "g", 0, ordered, 0)
      for name in ["layer2", "layer10", "layer1"] { H5Gclose(H5Gcreate2(group, name, 0, 0, 0)) }
      H5Gclose(group)
    }
    #expect(try root.group("g").children().map(\.path) == ["layer2", "layer10", "layer1"])
  }

  /// Two strings of five bytes under each padding. Only the padding is taken off, not a space or NUL within.
  @Test func everyPaddingReads() throws {
    for (padding, text, expected) in [
      (H5T_STR_NULLTERM, "ab \0x\0zzzz", ["ab ", ""]), (H5T_STR_NULLPAD, "ab \0\0a\0b\0\0", ["ab ", "a\0b"]),
      (H5T_STR_SPACEPAD, "ab    é  ", ["ab", " é"]),
    ] {
      let directory = try TemporaryDirectory()
      let root = try make(directory("f.h5")) { file in
        let type = H5Tcopy(chdf5_c_string())
        H5Tset_size(type, 5)
        H5Tset_strpad(type, padding)
        var length: hsize_t = 2
        let space = H5Screate_simple(1, &length, nil)
        let attribute = H5Acreate2(file, "x", type, space, 0, 0)
        H5Awrite(attribute, type, Array(text.utf8))
        H5Aclose(attribute)
      }
      #expect(try root.attributes.strings("x") == expected)
    }
  }
}
