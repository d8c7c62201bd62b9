internal import Attacks

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What an attack that a file records must keep to in place of a radius.
enum RecordedLimits {
  private static let attacks = AttackCatalog.attacks.compactMap { $0 as? any TransformationAttack.Type }

  private struct Named: Decodable {
    let name: String
  }

  /// The record of an attack that keeps to a radius, where a file claims that none counts.
  struct HasRadius: Error, CustomStringConvertible {
    let name: String
    var description: String { "'\(name)' keeps to a radius, and the file says that success is success at any distance" }
  }

  /// Reads the record of an attack, which is JSON.
  ///
  /// - Parameter record: The record.
  /// - Returns: The attack as far as its limits go; nil where the record is not that of one attack with such limits.
  /// - Throws: `HasRadius`; `DecodingError` or `HyperparameterError` where a value of its record is none that it can have.
  static func read(_ record: String) throws -> (any ChangeLimits)? {
    let data = Data(record.utf8)
    guard let name = (try? JSONDecoder().decode(Named.self, from: data))?.name else { return nil }
    if let attack = attacks.first(where: { $0.name == name }) { return try JSONDecoder().decode(attack, from: data) }
    if AttackCatalog.names.contains(name) { throw HasRadius(name: name) }
    guard name == UniversalPatch.Settings.name else { return nil }
    return try JSONDecoder().decode(UniversalPatch.Settings.self, from: data).limits
  }
}
