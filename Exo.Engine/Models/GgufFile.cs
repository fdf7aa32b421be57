using Exo.Engine.Models.Gguf;
using Exo.Engine.Tokenization;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Models;

/// <summary>A model in a GGUF file, or in the parts of a split one: weights, tokenizer and chat template together, nothing needed beside.</summary>
public sealed class GgufFile : ModelFiles
{
    private const string Extension = ".gguf";

    private readonly GgufParts _parts;
    private readonly GgufVocabulary? _vocabulary;
    private readonly Lazy<Tokenizer> _tokenizer;

    private GgufFile(string path)
    {
        Path = path;
        _parts = GgufParts.Open(path);
        using (var weights = GgufSource.Open(_parts)) Spec = GgufSpec.Read(_parts.Metadata, weights);
        _vocabulary = _parts.Metadata.Has("tokenizer.ggml.tokens") ? GgufVocabulary.Of(_parts.Metadata) : null;
        _tokenizer = new(() => GgufTokenizer.Build(_vocabulary ?? GgufVocabulary.Of(_parts.Metadata)));
        ChatTemplateSource = _parts.Metadata.Text("tokenizer.chat_template") is { Length: > 0 } template ? template : null;
        SpecialTokens = GgufGeneration.Texts(_parts.Metadata, _vocabulary);
        Generation = GgufGeneration.Read(_parts.Metadata, _vocabulary);
    }

    public override string Path { get; }

    public override string Format => "gguf";

    public override DecoderSpec Spec { get; }

    public override bool HasTokenizer => _vocabulary is not null;

    public override Tokenizer Tokenizer => _tokenizer.Value;

    public override string? ChatTemplateSource { get; }

    public override SpecialTokenTexts SpecialTokens { get; }

    public override GenerationDefaults Generation { get; }

    /// <summary>Opens a file, and its sisters where it is a part of a split model. The weights are not looked at yet.</summary>
    /// <param name="path">The file; of a split model any part.</param>
    /// <exception cref="InvalidModelException">A file is missing, or not what it must be.</exception>
    public static new GgufFile Open(string path) => new(path);

    public override IWeightSource OpenWeights() => GgufSource.Open(_parts);

    public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers) => GgufShardWeights.Load(weights, Spec, layers);

    /// <summary>The files it lies in: one, or the parts of a split model in order.</summary>
    internal IEnumerable<string> Files => _parts.Headers.Select(header => header.Path);

    /// <summary>All the file says beside its tensors.</summary>
    internal GgufMetadata Metadata => _parts.Metadata;

    /// <summary>The path is spelled like a GGUF file's.</summary>
    internal static bool HasItsName(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The GGUF model of a folder that has no config.json, or null where there is none.</summary>
    /// <exception cref="InvalidModelException">There are several to choose from.</exception>
    internal static string? FindIn(string folder)
    {
        if (!Directory.Exists(folder) || File.Exists(System.IO.Path.Combine(folder, "config.json"))) return null;
        var models = Directory.EnumerateFiles(folder).Where(HasItsName).GroupBy(file => GgufParts.FilesOf(file)[0], StringComparer.Ordinal).Select(group => group.Key).Order(StringComparer.Ordinal).ToList();
        return models.Count <= 1
            ? models.FirstOrDefault()
            : throw new InvalidModelException(folder, null, $"holds {models.Count} GGUF models; name one of them: {string.Join(", ", models.Select(System.IO.Path.GetFileName))}");
    }
}
