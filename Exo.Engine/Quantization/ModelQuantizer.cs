using Exo.Engine.Models;
using Exo.Engine.Models.Gguf;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Quantization;

/// <summary>Writes a model as a GGUF file, its matrices in a format of choice: a file that llama.cpp and Exo read alike.</summary>
public static class ModelQuantizer
{
    /// <summary>Texts (in NFC, which GGUF takes for granted) that a file's tokenizer must split as the model's own does.</summary>
    private static readonly string[] Probes =
    [
        "The quick brown fox jumps over the lazy dog, and this isn't 12,345.67 away!",
        "  for (int i = 0; i < n; i++) {\n\tsum += a[i]; // they'll\n}\n\n",
        "Größe naïve, où? Привет, мир! 日本語と中文。 안녕하세요 مرحبا 🙂👍🏽",
    ];

    /// <summary>The formats to choose from.</summary>
    public static IReadOnlyList<DType> Types => RowEncoder.Supported;

    /// <summary>
    /// Writes the model. Vectors and routers stay F32; rows that don't fill the format's blocks, and for 4 bits the head, take the next better one.
    /// The file is read back before it takes its name: a model that GGUF cannot express is refused, and the target left as it was.
    /// </summary>
    /// <param name="files">The model: a folder, or a GGUF file to be encoded anew.</param>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="overwrite">A file of that name is replaced; otherwise it is an error.</param>
    /// <param name="progress">Told the share of the bytes written, 0 to 1.</param>
    /// <exception cref="ArgumentException">The format is none of <see cref="Types"/>, or the path is the model's own.</exception>
    /// <exception cref="InvalidModelException">The model is broken, or is none that GGUF can express.</exception>
    /// <exception cref="NotEnoughSpaceException">The disk has no room for it, or others took that room meanwhile.</exception>
    /// <exception cref="IOException">The file cannot be written, or is there already.</exception>
    public static void Write(ModelFiles files, DType type, string path, bool overwrite = true, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!Types.Contains(type)) throw new ArgumentException($"{type} cannot be written. Choose from: {string.Join(", ", Types)}", nameof(type));
        // 1. Name what the model is; 2. list its tensors; 3. stream them; 4. read back what was written.
        using var weights = files.OpenWeights();
        if (FilesOf(files, weights).Any(file => PhysicalPath.AreSame(file, path))) throw new ArgumentException($"{path} is the model itself; choose another file", nameof(path));
        var spec = files.Spec;
        var shard = files.LoadShard(weights, LayerRange.All(spec));
        var family = FamilyOf(files);
        var writer = new GgufWriter();
        ModelKeys.Write(writer, files, family, type);
        foreach (var tensor in ModelTensors.List(spec, shard, family, type)) writer.Tensor(tensor);
        writer.Write(path, overwrite, written => Inspect(files, written, path), progress, cancellationToken);
    }

    private static GgufFamily FamilyOf(ModelFiles files)
    {
        var type = files.Spec.Architecture == "mistral" ? "llama" : files.Spec.Architecture;
        return GgufFamily.All.FirstOrDefault(family => family.ModelType == type)
            ?? throw new InvalidModelException(files.Path, null, $"models of the family {type} cannot be written as GGUF");
    }

    /// <summary>What a reader makes of the file must be what the model is.</summary>
    private static void Inspect(ModelFiles files, string written, string path)
    {
        var file = GgufFile.Open(written);
        if (SpecDifference.Find(files.Spec, file.Spec) is { } difference)
            throw new InvalidModelException(files.Path, null, $"cannot be written as {Path.GetFileName(path)}: GGUF's {file.Spec.Architecture} models cannot express its {difference}");
        using var weights = file.OpenWeights();
        file.LoadShard(weights, LayerRange.All(file.Spec));
        if (file.HasTokenizer) CompareTokenizers(files, file);
    }

    private static void CompareTokenizers(ModelFiles files, GgufFile file)
    {
        foreach (var text in Probes)
        {
            var (expected, actual) = (files.Tokenizer.Encode(text), file.Tokenizer.Encode(text));
            if (!expected.SequenceEqual(actual))
                throw new InvalidModelException(files.Path, "tokenizer", $"cannot be written as GGUF: \"{text}\" would become {actual.Length} tokens ({string.Join(' ', actual.Take(8))} …) instead of {expected.Length} ({string.Join(' ', expected.Take(8))} …)");
        }
    }

    /// <summary>All that the weights lie in, parts that hold none of them included.</summary>
    private static IEnumerable<string> FilesOf(ModelFiles files, IWeightSource weights) =>
        files is GgufFile file ? file.Files : weights.Names.Select(weights.FileOf).Distinct(StringComparer.Ordinal);
}
