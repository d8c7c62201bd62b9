import Exchange
import Networks
import Testing

@Suite struct ArchitectureProposalsTests {
  private func weights(_ text: String, _ shape: Shape, classes: Int = 7) throws -> (TemporaryDirectory, path: String) {
    let network = try Architectures.network(text, inputShape: shape, classCount: classes)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 0))
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/weights.h5"
    try PyTorchFormat.write(network, parameters, to: path)
    return (directory, path)
  }

  @Test(
    arguments: [
      ("resnet18-cifar:width=3", [3, 32, 32]), ("wide-resnet-28-10:depth=10,widen=2", [3, 32, 32]),
      ("mlp:hidden=24-12", [30]), ("lenet5", [1, 28, 28]), ("resnet20-cifar", [3, 32, 32]), ("digits-cnn", [1, 8, 8]),
    ] as [(String, Shape)])
  func namesAndShapesTellTheFamily(text: String, shape: Shape) throws {
    let (directory, path) = try weights(text, shape)
    #expect(try ArchitectureProposals(for: path, imageShape: shape).texts == [text])
    withExtendedLifetime(directory) {}
  }

  @Test func theOnlyProposalIsTakenAndSaid() throws {
    let (directory, path) = try weights("resnet18-cifar:width=3", [3, 32, 32])
    let data = DataForm(imageShape: [3, 32, 32], classCount: 7)
    let expected = try ModelRequest(path: path, architecture: "resnet18-cifar:width=3", data: data).read()
    let found = try ModelRequest(path: path, architecture: "auto", data: data).read()
    #expect(found.model.sha256 == expected.model.sha256)
    #expect(found.notes.contains { $0.description.contains("resnet18-cifar:width=3") })
    withExtendedLifetime(directory) {}
  }

  @Test func weightsOfNoFamilyAreRefused() throws {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.flatten(.channelsFirst), named: "flat")
    try network.append(.dense(Dense(outputs: 3)), named: "my.own.layer")
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/weights.h5"
    try PyTorchFormat.write(network, try Parameters.initial(for: network, random: RandomSource(seed: 0)), to: path)
    #expect(try ArchitectureProposals(for: path, imageShape: [1, 8, 8]).texts.isEmpty)
    let request = ModelRequest(path: path, architecture: "auto", data: DataForm(imageShape: [1, 8, 8]))
    let error = try #require(throws: ExchangeError.self) { try request.read() }
    #expect(error.message.contains("none, by names and shapes"))
  }
}
