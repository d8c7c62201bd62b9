import Exchange
import HDF5
import Testing

private func propose(_ arrays: (name: String, shape: [Int])...) throws -> (chain: ProposedChain?, reason: String) {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/weights.h5"
  try File.write(atomicallyTo: path) { root in
    for (name, shape) in arrays {
      try root.write(name, [Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }
  }
  return try ProposedChain.propose(for: path)
}

@Test func aChainIsProposedInTheOrderOfItsNumbers() throws {
  let (chain, _) = try propose(
    ("net.0.weight", [6, 1, 5, 5]), ("net.0.bias", [6]), ("net.1.weight", [6]), ("net.1.bias", [6]),
    ("net.10.weight", [10, 48]), ("net.3.weight", [16, 6, 5, 3]), ("net.8.weight", [48, 400]), ("net.8.bias", [48]))
  #expect(
    chain?.description == """
      0: convolution 5×5, 1 → 6
      3: convolution 5×3, 6 → 16, no bias
      flatten: 16 channels × 25 positions
      8: dense, 400 → 48
      10: dense, 48 → 10, no bias
      besides: 1
      """)
}

@Test func onlyChainsAreProposed() throws {
  let (chain, reason) = try propose(("a.weight", [8, 3, 3, 3]), ("b.weight", [8, 5, 3, 3]))
  #expect(chain == nil)
  #expect(reason == "b takes 5, a gives 8: not a plain chain")
  // A shortcut takes what an earlier layer gave.
  let branch = try propose(
    ("l.0.weight", [8, 3, 3, 3]), ("l.1.weight", [16, 8, 3, 3]), ("l.2.weight", [16, 8, 1, 1]))
  #expect(branch.reason == "l.2 takes 8, l.1 gives 16: not a plain chain")
  #expect(try propose(("a.weight", [8])).reason == "the file holds no weights of convolutions or dense layers")
}

@Test func depthwiseConvolutionsAndPlainArraysAreLinks() throws {
  let depthwise = try propose(("a.weight", [8, 3, 3, 3]), ("b.weight", [16, 1, 3, 3]), ("c.weight", [2, 16]))
  #expect(depthwise.chain?.layers.map(\.inputs) == [3, 1, 16])
  #expect(try propose(("W", [3, 4]), ("b", [3])).chain?.description == "W: dense, 4 → 3")
}
