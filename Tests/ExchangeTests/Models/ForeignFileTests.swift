import Exchange
import Glibc
import Networks
import Testing

/// The first bytes of files as their programs write them.
private let samples: [(file: ForeignFile, bytes: [UInt8])] = [
  (.gitLFSPointer, Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".utf8)),
  (.html, Array("\n<!DOCTYPE html>\n<html><head>".utf8)),
  (.html, Array("<HTML><body>".utf8)),
  // A local header of a zip archive: signature, 22 bytes, the lengths of name and extra field, the name.
  (.torchArchive, zipEntry("archive/data.pkl")),
  (.torchArchive, zipEntry("model/version") + zipEntry("model/data.pkl")),
  (.torchPickle, [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]),
  (.torchModule, zipEntry("archive/data.pkl") + Array("ctorch.nn.modules.container\nSequential\n".utf8)),
  (.torchModule, zipEntry("script/data.pkl") + Array("c__torch__\nNet\n".utf8)),
  (
    .torchModule,
    [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
      + Array("c__main__\nNet\nctorch.nn.modules.conv\nConv2d\n".utf8)
  ),
  (.pickle, [0x80, 4, 0x95, 20, 0, 0, 0, 0, 0, 0, 0]),
  (.pickle, [0x80, 2, 0x7D, 0x71, 0]),
  (.onnx, [0x08, 0x08, 0x12, 0x07] + Array("pytorch".utf8)),
  (.safetensors, [0x30, 0, 0, 0, 0, 0, 0, 0] + Array(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)),
  (.npz, zipEntry("arr_0.npy")),
  (.matlab5, Array("MATLAB 5.0 MAT-file, Platform: GLNXA64".utf8)),
  (.parquet, Array("PAR1".utf8) + [0x15, 4, 0x15, 0xF0]),
]

private func zipEntry(_ name: String) -> [UInt8] {
  [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8)
}

/// What a kind of file is left to its own reader for.
private func reading(_ file: ForeignFile) -> [ForeignFile.Use] {
  switch file {
  case .npz: [.dataset]
  case .onnx, .safetensors, .torchArchive, .torchPickle, .torchModule, .pickle: [.model]
  case .gitLFSPointer, .html, .savedModel, .matlab5, .parquet: []
  }
}

@Test func foreignFilesAreNamedWithAdvice() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/model.pth"
  for (file, bytes) in samples {
    try directory.write("model.pth", bytes)
    #expect(ForeignFile.recognized(at: path) == file)
    for use in [ForeignFile.Use.model, .dataset] where !reading(file).contains(use) {
      let error = try #require(throws: ExchangeError.self) { try ForeignFile.refuse(path, as: use) }
      #expect(error.kind == .content)
      let expected = use == .model ? "a model or weights" : "a dataset"
      #expect(error.message == "expected \(expected), found \(file.name); \(file.advice(for: path))")
    }
  }
}

@Test func aSavedModelIsADirectory() throws {
  let directory = try TemporaryDirectory()
  #expect(ForeignFile.recognized(at: directory.path) == nil)
  try directory.write("saved_model.pb", [8, 1])
  #expect(ForeignFile.recognized(at: directory.path) == .savedModel)
  #expect(ForeignFile.recognized(at: directory.path + "/saved_model.pb") == .savedModel)
}

@Test func ownAndUnknownFilesAreLeftToTheirReader() throws {
  let directory = try TemporaryDirectory()
  let harmless: [[UInt8]] = [
    [], [0x80], [8], Array("plain text".utf8), [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A],
    zipEntry("metadata.json") + zipEntry("config.json") + zipEntry("model.weights.h5"),
  ]
  for bytes in harmless { #expect(ForeignFile.recognized(at: try directory.write("file", bytes)) == nil) }
  #expect(ForeignFile.recognized(at: "/nonexistent") == nil)
  try directory.write("file", zipEntry("x_test.npy"))
  #expect(throws: Never.self) { try ForeignFile.refuse(directory.path + "/file", as: .dataset) }
}

@Test func adviceQuotesNoPathWithSpecialCharacters() {
  for file in ForeignFile.allCases {
    #expect(!file.advice(for: "/tmp/$(reboot)'\".pth").contains("reboot"))
  }
}
