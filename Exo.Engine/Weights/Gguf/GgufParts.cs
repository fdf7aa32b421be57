using System.Globalization;
using System.Text.RegularExpressions;

namespace Exo.Engine.Weights.Gguf;

/// <summary>
/// The files one GGUF model lies in: a single one, or the parts of a split one ("NAME-00001-of-00003.gguf" and its sisters, the first with the
/// metadata of all). Headers are read and checked; nothing stays mapped.
/// </summary>
internal sealed partial class GgufParts
{
    private readonly Dictionary<string, (GgufHeader Part, GgufTensor Tensor)> _tensors = new(StringComparer.Ordinal);

    private GgufParts(string path, IReadOnlyList<GgufHeader> headers)
    {
        Path = path;
        Headers = headers;
        foreach (var header in headers)
            foreach (var tensor in header.Tensors)
                if (!_tensors.TryAdd(tensor.Name, (header, tensor)))
                    throw new InvalidModelException(header.Path, tensor.Name, $"is in {_tensors[tensor.Name].Part.Path} too");
        if (Metadata.Number("split.tensors.count") is { } count && count != _tensors.Count)
            throw new InvalidModelException(path, "split.tensors.count", $"is {count}; the parts hold {_tensors.Count} tensors");
    }

    /// <summary>The file that was opened.</summary>
    public string Path { get; }

    /// <summary>One a file, in order.</summary>
    public IReadOnlyList<GgufHeader> Headers { get; }

    /// <summary>The first part's.</summary>
    public GgufMetadata Metadata => Headers[0].Metadata;

    /// <summary>Every tensor by name, with the part it lies in.</summary>
    public IReadOnlyDictionary<string, (GgufHeader Part, GgufTensor Tensor)> Tensors => _tensors;

    /// <summary>Reads the headers of a file and of its sisters.</summary>
    /// <exception cref="InvalidModelException">A file is missing or not what it must be.</exception>
    public static GgufParts Open(string path)
    {
        var files = FilesOf(path);
        var headers = new List<GgufHeader>();
        foreach (var file in files)
        {
            var header = ReadHeader(file, files.Count > 1 ? path : null);
            CheckNumber(header, headers.Count, files.Count);
            headers.Add(header);
        }
        return new GgufParts(path, headers);
    }

    /// <summary>The model's files as their names tell, in order.</summary>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (SplitName().Match(path) is not { Success: true } match) return [path];
        var count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        var number = int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        if (number < 1 || number > count) return [path];
        return [.. Enumerable.Range(1, count).Select(part => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"].Value}-{part:00000}-of-{count:00000}{match.Groups["end"].Value}"))];
    }

    private static GgufHeader ReadHeader(string file, string? asked)
    {
        if (asked is not null && !File.Exists(file))
            throw new InvalidModelException(file, null, $"the file is missing; {System.IO.Path.GetFileName(asked)} is a part of a split model and needs it");
        using var mapped = MappedFile.Open(file);
        return GgufHeader.Read(mapped);
    }

    private static void CheckNumber(GgufHeader header, int index, int count)
    {
        if (header.Metadata.Number("split.count") is not { } claimed)
        {
            if (count > 1) throw new InvalidModelException(header.Path, "split.count", "is missing: the file is named like a part of a split model and is none");
            return;
        }
        if (claimed != Math.Max(count, 1) && !(claimed <= 1 && count == 1))
            throw new InvalidModelException(header.Path, "split.count", $"is {claimed}: parts must keep their names, \"NAME-00001-of-{claimed:00000}.gguf\" and so on");
        if (header.Metadata.Number("split.no") is { } number && number != index)
            throw new InvalidModelException(header.Path, "split.no", $"is {number}, counted from 0; the name makes it part {index + 1} of {count}");
    }

    [GeneratedRegex(@"^(?<name>.*)-(?<number>\d{5})-of-(?<count>\d{5})(?<end>\.gguf)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex SplitName();
}
