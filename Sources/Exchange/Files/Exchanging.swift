import HDF5

/// Runs code that reads or writes a file and converts every error to an `ExchangeError`.
func exchanging<Result>(_ path: String, _ body: () throws -> Result) throws(ExchangeError) -> Result {
  do {
    return try body()
  } catch let error as ExchangeError {
    throw error
  } catch let error as HDF5Error {
    throw ExchangeError(error)
  } catch let failure as KerasFailure {
    throw failure.exchangeError(file: path)
  } catch {
    throw ExchangeError(kind: .content, file: path, message: "\(error)")
  }
}
