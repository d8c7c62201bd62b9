import Glibc

/// A sequence of random numbers, the same on every platform; exponential ones as far as the C library's `log` agrees to
/// single precision (it is evaluated in double).
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var words: SIMD4<UInt32> = .zero
  private var used = 4
  private var spareNormal: Float?

  init(key: SIMD2<UInt32>, counter: SIMD4<UInt32>) {
    self.key = key
    self.counter = counter
  }

  /// The next 32 random bits.
  @inline(__always)
  public mutating func word() -> UInt32 {
    if used == 4 {
      words = Philox.block(counter: counter, key: key)
      counter.x &+= 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = word()
    let high = word()
    return UInt64(high) << 32 | UInt64(low)
  }

  /// A number of [0, 1) with 24 random bits: a multiple of 2⁻²⁴.
  @inline(__always)
  public mutating func uniform() -> Float {
    Float(word() >> 8) * 0x1p-24
  }

  /// A number of the range; both ends are possible.
  public mutating func uniform(in range: ClosedRange<Float>) -> Float {
    let value = range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    return min(value, range.upperBound)
  }

  /// A number of (0, 1) with 32 random bits, for logarithms.
  private mutating func openUniform() -> Double {
    (Double(word()) + 0.5) * 0x1p-32
  }

  /// A standard normal number, by the transformation of Box and Muller (every second call uses the other half).
  public mutating func normal() -> Float {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let (first, second) = normalPair()
    spareNormal = second
    return first
  }

  private mutating func normalPair() -> (Float, Float) {
    let first = UInt64(word())
    let second = UInt64(word())
    let (cosines, sines) = BoxMuller.pairs(
      first: SIMD2(repeating: first), second: SIMD2(repeating: second))
    return (Float(cosines.x), Float(sines.x))
  }

  /// An exponentially distributed number of mean 1.
  public mutating func exponential() -> Float {
    Float(-log(openUniform()))
  }

  /// A whole number of 0..<`bound`, each equally likely (Lemire, *Fast random integer generation in an interval*,
  /// arXiv 1805.10941).
  ///
  /// - Precondition: `bound > 0`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "no whole number is below \(bound) and not negative")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold {
        product = next().multipliedFullWidth(by: range)
      }
    }
    return Int(product.high)
  }

  /// Puts the elements into random order, each order equally likely (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    var remaining = elements.count
    while remaining > 1 {
      let chosen = integer(below: remaining)
      remaining -= 1
      elements.swapAt(chosen, remaining)
    }
  }

  /// The numbers 0..<`count` in random order.
  public mutating func permutation(_ count: Int) -> [Int] {
    var result = Array(0..<count)
    shuffle(&result)
    return result
  }

  /// Fills a buffer with what as many calls of `uniform()` would give.
  public mutating func fillUniform(_ buffer: UnsafeMutableBufferPointer<Float>) {
    var index = 0
    while index < buffer.count, used != 4 {
      buffer[index] = uniform()
      index += 1
    }
    while buffer.count - index >= 16 {
      let words = Philox.fourBlocks(counter: counter, key: key)
      counter.x &+= 4
      for block in 0..<4 {
        let bits = SIMD4(words.0[block], words.1[block], words.2[block], words.3[block]) &>> 8
        let numbers = SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bits)) * 0x1p-24
        for word in 0..<4 { buffer[index + word] = numbers[word] }
        index += 4
      }
    }
    for last in index..<buffer.count { buffer[last] = uniform() }
  }

  /// Fills a buffer with what as many calls of `normal()` would give.
  public mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
    var index = 0
    // From the beginning of a block on, every block is two pairs.
    while index < buffer.count, spareNormal != nil || used != 4 {
      buffer[index] = normal()
      index += 1
    }
    while buffer.count - index >= 4 {
      let block = Philox.block(counter: counter, key: key)
      counter.x &+= 1
      let (cosines, sines) = BoxMuller.pairs(
        first: SIMD2(UInt64(block.x), UInt64(block.z)), second: SIMD2(UInt64(block.y), UInt64(block.w)))
      buffer[index] = Float(cosines.x)
      buffer[index + 1] = Float(sines.x)
      buffer[index + 2] = Float(cosines.y)
      buffer[index + 3] = Float(sines.y)
      index += 4
    }
    for last in index..<buffer.count { buffer[last] = normal() }
  }
}
