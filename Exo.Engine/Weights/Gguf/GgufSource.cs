namespace Exo.Engine.Weights.Gguf;

/// <summary>The tensors of a GGUF model, memory-mapped.</summary>
internal sealed unsafe class GgufSource : IWeightSource
{
    private readonly GgufParts _parts;
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);
    private bool _disposed;

    private GgufSource(GgufParts parts)
    {
        _parts = parts;
        ByteCount = parts.Tensors.Values.Sum(stored => stored.Tensor.ByteCount);
    }

    public IReadOnlyCollection<string> Names => (Dictionary<string, (GgufHeader Part, GgufTensor Tensor)>.KeyCollection)_parts.Tensors.Keys;

    public long ByteCount { get; }

    /// <exception cref="InvalidModelException">A file is gone or has changed since its header was read.</exception>
    public static GgufSource Open(GgufParts parts)
    {
        var source = new GgufSource(parts);
        try
        {
            foreach (var header in parts.Headers)
            {
                var file = MappedFile.Open(header.Path);
                source._files.Add(header.Path, file);
                if (file.Length != header.FileByteCount)
                    throw new InvalidModelException(header.Path, null, $"has changed: it had {header.FileByteCount} bytes and has {file.Length}");
            }
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _parts.Tensors.ContainsKey(name);

    /// <inheritdoc/>
    /// <exception cref="InvalidModelException">The tensor is stored in a type the engine does not run, or is larger than it can address.</exception>
    public Tensor? Find(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_parts.Tensors.TryGetValue(name, out var stored)) return null;
        var (part, tensor) = stored;
        var type = tensor.Type
            ?? throw new InvalidModelException(part.Path, name, $"is stored as {tensor.TypeName}, which is not supported. Supported: {string.Join(", ", Enum.GetNames<DType>())}");
        if (tensor.Shape.Any(size => size > int.MaxValue))
            throw new InvalidModelException(part.Path, name, $"has shape [{string.Join(", ", tensor.Shape)}]; a dimension beyond {int.MaxValue} is not supported");
        return new Tensor(name, type, Array.ConvertAll(tensor.Shape, size => (int)size), _files[part.Path].Data + tensor.Start) { IsMapped = true };
    }

    public string FileOf(string name) => _parts.Tensors.TryGetValue(name, out var stored) ? stored.Part.Path : _parts.Path;

    public void Dispose()
    {
        _disposed = true;
        foreach (var file in _files.Values) file.Dispose();
    }
}
