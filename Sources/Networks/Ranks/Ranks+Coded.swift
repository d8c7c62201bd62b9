#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Ranks {
  /// What every rank gives, one after the other in the order of the ranks, bit for bit.
  ///
  /// - Throws: Where the connection to another rank is lost.
  public func gather<Value: Codable>(coded values: [Value]) throws -> [Value] {
    guard !isAlone else { return values }
    let (encoder, decoder) = (JSONEncoder.keepingNonFiniteNumbers(), JSONDecoder.keepingNonFiniteNumbers())
    return try gather([UInt8](encoder.encode(values))).flatMap { try decoder.decode([Value].self, from: Data($0)) }
  }

  /// What `body` makes of some rows, one value for each: every rank makes those of its share.
  ///
  /// - Parameters:
  ///   - rows: The rows; the same on every rank.
  ///   - body: Makes the values of some of them.
  ///   - onOther: Told of the values that other ranks have made.
  /// - Returns: The values of all rows, on every rank.
  /// - Throws: What the closures throw, and where the connection to another rank is lost.
  public func shared<Value: Codable>(
    _ rows: [Int], _ body: ([Int]) throws -> [Value], onOther: (Value) throws -> Void = { _ in }
  ) throws -> [Value] {
    let share = share(of: rows.count)
    let values = try gather(coded: body(Array(rows[share])))
    for (place, value) in values.enumerated() where !share.contains(place) { try onOther(value) }
    return values
  }
}
