using Exo.Hub.Protocol;

namespace Exo.Hub.Pulls;

/// <summary>
/// Which files of a repository a model needs. Weights come in one format: safetensors where there are any, else one quantisation of GGUF, else what
/// PyTorch wrote. Copies of the same weights in other formats stay where they are, as do pictures.
/// </summary>
internal static class FileSelection
{
    private static readonly string[] OtherFormats =
        [".bin", ".pth", ".pt", ".ckpt", ".h5", ".msgpack", ".onnx", ".onnx_data", ".ot", ".tflite", ".mlpackage", ".mlmodel", ".nemo", ".keras", ".npz", ".pkl", ".pdparams", ".llamafile"];

    private static readonly string[] OtherFolders = ["original", "onnx", "coreml", "openvino", "metal", "flax", "tf", "mlx"];
    private static readonly string[] Pictures = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".mp4", ".mov", ".webm", ".mp3", ".wav", ".flac", ".pdf", ".ipynb", ".zip", ".parquet"];
    private static readonly string[] EssentialKinds = [".safetensors", ".gguf", ".bin", ".json", ".jinja", ".model", ".tiktoken", ".txt"];

    /// <summary>Divides a repository's files.</summary>
    /// <param name="model">For messages.</param>
    /// <param name="files">All of its files.</param>
    /// <param name="variant">The quantisation asked for, or null.</param>
    /// <param name="options">Globs, or everything.</param>
    /// <exception cref="HubException"><see cref="HubError.NothingToPull"/>: nothing is left, or the quantisation is not there.</exception>
    public static (IReadOnlyList<HubFile> Chosen, IReadOnlyList<LeftOutFile> LeftOut) Choose(
        string model, IReadOnlyList<HubFile> files, string? variant, PullOptions options)
    {
        var include = options.Include.Select(pattern => new GlobPattern(pattern)).ToList();
        var exclude = options.Exclude.Select(pattern => new GlobPattern(pattern)).ToList();
        var reasonOf = options.AllFormats || include.Count > 0 ? _ => null : Reasons(model, files, variant);

        var chosen = new List<HubFile>();
        var leftOut = new List<LeftOutFile>();
        foreach (var file in files)
        {
            var reason = include.Count > 0 && !include.Exists(glob => glob.Matches(file.Path)) ? "not in --include"
                : exclude.Exists(glob => glob.Matches(file.Path)) ? "--exclude"
                : reasonOf(file);
            if (reason is null) chosen.Add(file);
            else leftOut.Add(new LeftOutFile(file, reason));
        }
        if (chosen.Count == 0)
        {
            throw new HubException(HubError.NothingToPull, $"{model} has {(files.Count == 1 ? "1 file" : $"{files.Count} files")}, none of which is wanted"
                + (include.Count + exclude.Count > 0 ? " with this --include and --exclude" : "") + $". 'exo pull {model} --dry-run --include \"*\"' lists them all.");
        }
        return ([.. chosen.OrderBy(file => file.ByteCount)], leftOut);
    }

    /// <summary>Whether a stored snapshot that lacks the file is still whole: licences and notes are not needed to run.</summary>
    public static bool IsEssential(HubFile file) => EssentialKinds.Contains(Extension(file.Path)) && !Name(file.Path).StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);

    private static Func<HubFile, string?> Reasons(string model, IReadOnlyList<HubFile> files, string? variant)
    {
        var safetensors = files.Any(file => Extension(file.Path) == ".safetensors" && FolderReason(file.Path) is null);
        var groups = GgufChoice.Groups(files);
        if (variant is null && (safetensors || groups.Count == 0)) return safetensors ? file => BesideSafetensors(file, files) : BesidePyTorch;

        var label = groups.Count == 0 ? null : GgufChoice.Choose(groups, variant);
        if (label is null)
        {
            throw new HubException(HubError.NothingToPull, groups.Count == 0
                ? $"{model} has no GGUF files to choose '{variant}' from. Leave ':{variant}' out."
                : $"{model} has no quantisation '{variant}'. It has {string.Join(", ", groups.Keys)}.");
        }
        var taken = groups[label].Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return file => Extension(file.Path) switch
        {
            ".gguf" => taken.Contains(file.Path) ? null : GgufChoice.IsModel(file) ? $"{label} is taken" : "not needed to run",
            ".safetensors" => "GGUF is taken",
            _ => Common(file) ?? (OtherFormats.Contains(Extension(file.Path)) || file.Path.EndsWith("imatrix.dat", StringComparison.Ordinal) ? "GGUF is taken" : null),
        };
    }

    private static string? BesideSafetensors(HubFile file, IReadOnlyList<HubFile> files)
    {
        if (Common(file) is { } reason) return reason;
        if (Extension(file.Path) is ".gguf" || OtherFormats.Contains(Extension(file.Path))) return "safetensors are there";
        if (Name(file.Path).StartsWith("pytorch_model.bin.index", StringComparison.Ordinal)) return "safetensors are there";
        return Name(file.Path).StartsWith("consolidated", StringComparison.Ordinal) && Extension(file.Path) == ".safetensors"
            && files.Any(other => Name(other.Path).StartsWith("model", StringComparison.Ordinal) && Extension(other.Path) == ".safetensors") ? "the same weights twice" : null;
    }

    private static string? BesidePyTorch(HubFile file) => Common(file)
        ?? (OtherFormats.Contains(Extension(file.Path)) && Extension(file.Path) is not (".bin" or ".pth" or ".pt") ? "PyTorch's weights are there" : null);

    private static string? Common(HubFile file)
    {
        if (FolderReason(file.Path) is { } reason) return reason;
        return Name(file.Path).StartsWith('.') || Pictures.Contains(Extension(file.Path)) ? "not needed to run" : null;
    }

    private static string? FolderReason(string path) =>
        path.Contains('/') && OtherFolders.Contains(path[..path.IndexOf('/')], StringComparer.OrdinalIgnoreCase) ? "another format's folder" : null;

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();
}
