/// A file of weights or data that AdvLab does not read, or reads for one purpose alone, recognised by its first bytes
/// and its names.
public enum ForeignFile: Hashable, Sendable, CaseIterable {
  /// The text that stands for a large file in a Git repository.
  case gitLFSPointer
  /// A web page, most often the answer to a download that failed.
  case html
  /// PyTorch's zip archive with a pickle in it (`.pt`, `.pth`).
  case torchArchive
  /// PyTorch's form before 1.6: bare pickles.
  case torchPickle
  /// A pickle or archive of PyTorch with a whole module in it, which only code can bring back.
  case torchModule
  /// Any other pickle of Python.
  case pickle
  /// TensorFlow's directory with `saved_model.pb`.
  case savedModel
  /// The Open Neural Network Exchange format.
  case onnx
  /// Hugging Face's safetensors.
  case safetensors
  /// NumPy's archive of arrays: data are read from it, weights are not.
  case npz
  /// MATLAB's format before 7.3.
  case matlab5
  /// Apache Parquet, in which the Hugging Face Hub keeps tables with images in them.
  case parquet

  /// What a file is read for.
  public enum Use: Hashable, Sendable {
    /// The weights of a network.
    case model
    /// Images and labels.
    case dataset
  }

  /// What it is read for, where it is read at all.
  private var reading: Use? {
    switch self {
    case .npz: .dataset
    case .onnx, .safetensors, .torchArchive, .torchPickle, .torchModule, .pickle: .model
    case .gitLFSPointer, .html, .savedModel, .matlab5, .parquet: nil
    }
  }

  /// Its name, with an article.
  public var name: String {
    switch self {
    case .gitLFSPointer: "a Git LFS pointer, a text that stands for the file"
    case .html: "a web page"
    case .torchArchive: "a PyTorch archive with a pickle in it"
    case .torchPickle: "a PyTorch file in its old form, a pickle"
    case .torchModule: "a PyTorch file with a whole module in it"
    case .pickle: "a Python pickle"
    case .savedModel: "a TensorFlow SavedModel"
    case .onnx: "an ONNX model"
    case .safetensors: "a safetensors file"
    case .npz: "a NumPy archive (.npz)"
    case .matlab5: "a MATLAB file of a version before 7.3"
    case .parquet: "a Parquet table"
    }
  }

  /// How to convert the file to one that can be read: a command, or a sentence where there is none.
  public func advice(for path: String) -> String {
    let file = Self.quoted(path)
    let write = "f=h5py.File('converted.h5','w'); [f.create_dataset(k,data=v) for k,v in d.items()]"
    switch self {
    case .gitLFSPointer: return "fetch the file itself: git lfs pull"
    case .html: return "the download failed: fetch the file itself, not the page about it"
    case .torchArchive, .torchPickle, .torchModule: return "it holds weights: --model reads them"
    case .pickle:
      return "a pickle runs code when it is read: if you trust it, "
        + "python -c \"import pickle,h5py; d=pickle.load(open(\(file),'rb')); \(write)\""
    case .savedModel:
      return "convert it: python -c \"import tensorflow as t; t.keras.models.load_model(\(file)).save('converted.h5')\""
    case .onnx: return "it holds a network: --model reads it"
    case .safetensors: return "it holds weights: --model reads them"
    case .npz:
      return "convert it: python -c \"import numpy,h5py; d=dict(numpy.load(\(file))); \(write)\""
    case .matlab5:
      return "save it again with save(..., '-v7.3'), or "
        + "python -c \"import scipy.io,h5py; d={k:v for k,v in scipy.io.loadmat(\(file)).items() if k[0]!='_'}; \(write)\""
    case .parquet:
      return "convert it, with its own names of the columns of images and labels: "
        + "python -c \"import io,numpy,pandas; from PIL import Image; d=pandas.read_parquet(\(file)); "
        + "numpy.savez('converted.npz',y=d['label'],"
        + "x=numpy.stack([numpy.asarray(Image.open(io.BytesIO(i['bytes']))) for i in d['image']]))\""
    }
  }

  /// Throws where there is a foreign file or directory at a path; anything else is left to the reader of the format.
  public static func refuse(_ path: String, as use: Use) throws(ExchangeError) {
    guard let found = recognized(at: path), found.reading != use else { return }
    let expected =
      switch use {
      case .model: "a model or weights"
      case .dataset: "a dataset"
      }
    throw ExchangeError(
      kind: .content, file: path, message: "expected \(expected), found \(found.name); \(found.advice(for: path))")
  }

  /// A Python string within a double-quoted shell argument; a path that would need escaping there is replaced by FILE.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-", "+", " ": true
      default: false
      }
    }
    return "'\(isPlain ? path : "FILE")'"
  }
}
