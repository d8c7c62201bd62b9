/// What CERTIFY says of an image.
public struct SmoothingCertificate: Hashable, Sendable, Codable {
  /// The class that the selection picked, certified or not.
  public let selectedClass: Int
  /// The votes that picked the class.
  public let selection: VoteCounts
  /// The votes that bound its probability.
  public let estimation: VoteCounts
  /// What the probability of the class exceeds, save with probability α.
  public let probabilityLowerBound: Double
  /// The radius in L2, in stored pixel units, within which the class is the smoothed classifier's; 0 without certificate.
  public let radius: Double

  init(
    selectedClass: Int, selection: VoteCounts, estimation: VoteCounts, probabilityLowerBound: Double, radius: Double
  ) {
    (self.selectedClass, self.selection, self.estimation) = (selectedClass, selection, estimation)
    (self.probabilityLowerBound, self.radius) = (probabilityLowerBound, radius)
  }

  /// The certified class; nil where CERTIFY abstains, because the class may have probability ½ or less.
  public var certifiedClass: Int? { probabilityLowerBound > 0.5 ? selectedClass : nil }
}

/// What PREDICT says of an image.
public struct SmoothedPrediction: Hashable, Sendable, Codable {
  /// The votes.
  public let votes: VoteCounts
  /// How likely the two classes with most votes would be as far apart if they were equally likely.
  public let pValue: Double
  /// The smoothed classifier's class, save with probability α; nil where PREDICT abstains.
  public let predictedClass: Int?

  init(votes: VoteCounts, pValue: Double, predictedClass: Int?) {
    (self.votes, self.pValue, self.predictedClass) = (votes, pValue, predictedClass)
  }
}
