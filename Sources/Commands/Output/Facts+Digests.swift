internal import Exchange
internal import Reports

extension Facts {
  /// What tells whether a run can be repeated: the digests of what was read, and of what was found where that is hashed.
  static func digests(_ model: ModelFile, data: String?, fingerprint: String? = nil) -> Facts {
    var facts = Facts()
    facts.add("model, SHA-256", model.sha256)
    if let data { facts.add("data, SHA-256", data) }
    if let fingerprint { facts.add("results, fingerprint", fingerprint) }
    return facts
  }
}
