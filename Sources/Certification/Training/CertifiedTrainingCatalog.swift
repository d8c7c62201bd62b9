/// Every training method that makes a network easy to certify.
public enum CertifiedTrainingCatalog {
  /// The methods.
  public static let methods: [any IntervalTraining.Type] = [
    IntervalBoundTraining.self, CrownIntervalTraining.self, SmallBoxTraining.self, MixedBoundTraining.self,
  ]
}
