import HDF5

/// Runs a reading or writing of a file and sees to it that whatever fails in it is an `ExchangeError`.
func exchanging<Result>(_ path: String, _ body: () throws -> Result) throws(ExchangeError) -> Result {
  do {
    return try body()
  } catch let error as ExchangeError {
    throw error
  } catch let error as HDF5Error {
    throw ExchangeError(error)
  } catch {
    throw ExchangeError(kind: .content, file: path, message: "\(error)")
  }
}
