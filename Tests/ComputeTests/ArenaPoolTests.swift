import Compute
import Networks
import Testing

/// The memory that the plans of a model share.
@Suite struct ArenaPoolTests {
  private final class User {}

  @Test func anArenaServesOneUserAfterTheOther() throws {
    let (pool, users) = (ArenaPool(), [User(), User()])
    let first = try pool.take(1000, user: users[0], for: "")
    first.user = users[0]
    pool.giveBack(first)
    let second = try pool.take(800, user: users[1], for: "")
    #expect(second === first)
    pool.giveBack(second)
    #expect(pool.idleByteCount == 1000)
  }

  @Test func usersAtTheSameTimeHaveTheirOwnAndFindItAgain() throws {
    let (pool, users) = (ArenaPool(), [User(), User()])
    let arenas = try users.map { user in
      let arena = try pool.take(1000, user: user, for: "")
      arena.user = user
      return arena
    }
    #expect(arenas[0] !== arenas[1])
    arenas.forEach(pool.giveBack)
    for (user, arena) in zip(users, arenas) { #expect(try pool.take(900, user: user, for: "") === arena) }
  }

  @Test func oneThatIsTooSmallIsReplaced() throws {
    let (pool, user) = (ArenaPool(), User())
    pool.giveBack(try pool.take(1000, user: user, for: ""))
    pool.giveBack(try pool.take(5000, user: user, for: ""))
    #expect(pool.idleByteCount == 5000)
    pool.giveBack(try pool.take(1000, user: user, for: ""))
    #expect(pool.idleByteCount == 5000)
  }

  @Test func moreThanThereIsIsRefused() {
    #expect(throws: NetworkError.self) { try ArenaPool().take(1 << 60, user: User(), for: "for a test") }
  }

  /// A plan finds the numbers of other plans in its memory, and must not read them: neither where its own vectors are
  /// zero because nothing is written, nor where the images do not reach the logits.
  @Test(arguments: [true, false]) func aPlanDoesNotReadWhatAnotherLeft(isReached: Bool) throws {
    var network = try Network(inputShape: [1, 8, 8])
    let padding = Edges(top: 1, bottom: 1, left: 1, right: 1)
    try network.append(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3), padding: padding)), named: "conv")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    if !isReached { parameters["conv", .bias] = Tensor(shape: [4], scalars: [-9, -9, -9, -9]) }
    var stream = RandomSource(seed: 1).stream(.data)
    let images = Tensor<Float>(shape: [40, 1, 8, 8], scalars: (0..<40 * 64).map { _ in stream.uniform(in: 0...1) })
    let used = try CompiledModel(network: network, parameters: parameters)
    for count in [40, 3, 17, 40, 5] {
      _ = try used.logits(of: images.examples(0..<count))
      let batch = images.examples(0..<count)
      let found = try used.pullback(at: batch, cotangent: variedCotangent)
      let expected = try CompiledModel(network: network, parameters: parameters)
        .pullback(at: batch, cotangent: variedCotangent)
      #expect(found.logits == expected.logits && found.gradient == expected.gradient)
    }
  }
}
