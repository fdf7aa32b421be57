namespace Exo.Engine.Weights.Safetensors;

/// <summary>The tensors of a folder's model.safetensors, or of the files its model.safetensors.index.json names, memory-mapped.</summary>
internal sealed unsafe class SafetensorsSource : IWeightSource
{
    public const string FileName = "model.safetensors";

    private readonly string _origin;
    private readonly List<MappedFile> _files;
    private readonly Dictionary<string, (MappedFile File, SafetensorsTensor Tensor)> _tensors;
    private bool _disposed;

    private SafetensorsSource(string origin, List<MappedFile> files, Dictionary<string, (MappedFile File, SafetensorsTensor Tensor)> tensors)
    {
        _origin = origin;
        _files = files;
        _tensors = tensors;
        ByteCount = tensors.Values.Sum(stored => stored.Tensor.ByteCount);
    }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    public long ByteCount { get; }

    /// <summary>Opens the folder's weights: model.safetensors where there is one, else what the index names.</summary>
    /// <exception cref="InvalidModelException">There are none, or a file is not what it must be.</exception>
    public static SafetensorsSource Open(string folder)
    {
        var single = Path.Combine(folder, FileName);
        if (File.Exists(single)) return OpenFile(single);
        var index = Path.Combine(folder, SafetensorsIndex.FileName);
        if (File.Exists(index)) return OpenIndex(folder, index);
        throw new InvalidModelException(folder, null, $"holds neither {FileName} nor {SafetensorsIndex.FileName}{PickledInstead(folder)}");
    }

    private static string PickledInstead(string folder) =>
        Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault(name => name!.EndsWith(".bin", StringComparison.Ordinal) || name.EndsWith(".pth", StringComparison.Ordinal)) is { } pickled
            ? $"; {pickled} is a pickle, which may hold any program and is not read: take the model's safetensors or a GGUF file"
            : "";

    /// <summary>Opens one safetensors file.</summary>
    /// <exception cref="InvalidModelException">The file is not what it must be.</exception>
    public static SafetensorsSource OpenFile(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new SafetensorsSource(path, [file], SafetensorsHeader.Read(file).ToDictionary(tensor => tensor.Name, tensor => (file, tensor), StringComparer.Ordinal));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidModelException">The tensor is stored in a type the engine does not run.</exception>
    public Tensor? Find(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_tensors.TryGetValue(name, out var stored)) return null;
        var type = stored.Tensor.Type
            ?? throw new InvalidModelException(stored.File.Path, name, $"is stored as {stored.Tensor.TypeName}; F32, F16 and BF16 are supported");
        return new Tensor(name, type, stored.Tensor.Shape, stored.File.Data + stored.Tensor.Start) { IsMapped = true };
    }

    public string FileOf(string name) => _tensors.TryGetValue(name, out var stored) ? stored.File.Path : _origin;

    public void Dispose()
    {
        _disposed = true;
        foreach (var file in _files) file.Dispose();
    }

    private static SafetensorsSource OpenIndex(string folder, string index)
    {
        var map = SafetensorsIndex.Read(index);
        var files = new List<MappedFile>();
        try
        {
            var tensors = new Dictionary<string, (MappedFile File, SafetensorsTensor Tensor)>(map.Count, StringComparer.Ordinal);
            foreach (var group in map.GroupBy(entry => entry.Value, entry => entry.Key, StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, group.Key);
                if (!File.Exists(path)) throw new InvalidModelException(index, group.First(), $"its file {group.Key} is missing");
                var file = MappedFile.Open(path);
                files.Add(file);
                var stored = SafetensorsHeader.Read(file).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
                foreach (var name in group)
                {
                    if (!stored.TryGetValue(name, out var tensor)) throw new InvalidModelException(index, name, $"is not in {group.Key}, where the index says it is");
                    tensors.Add(name, (file, tensor));
                }
            }

            return new SafetensorsSource(index, files, tensors);
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }
}
