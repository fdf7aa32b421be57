using Exo.Engine.Models.HuggingFace;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Engine.Models;

/// <summary>A model as Hugging Face lays it out: a folder of config.json, safetensors and the tokenizer's files.</summary>
public sealed class ModelFolder : ModelFiles
{
    private const string TokenizerFileName = "tokenizer.json";

    private readonly HfTokenizerConfig _tokenizerConfig;
    private readonly Lazy<Tokenizer> _tokenizer;
    private readonly Lazy<GenerationDefaults> _generation;

    private ModelFolder(string path)
    {
        Path = path;
        if (!File.Exists(InFolder(HfConfig.FileName))) throw new InvalidModelException(InFolder(HfConfig.FileName), null, "the file is missing, and there is no GGUF file beside it: is that a model's folder?");
        var config = ConfigObject.Load(InFolder(HfConfig.FileName));
        Spec = HfConfig.ReadSpec(config);
        _tokenizerConfig = HfTokenizerConfig.Read(path);
        _tokenizer = new(() => Tokenizer.FromJson(InFolder(TokenizerFileName)));
        var defaults = HfGeneration.Read(path, config);
        _generation = new(() => HasTokenizer ? HfGeneration.WithSpokenEnds(defaults, _tokenizerConfig, Tokenizer) : defaults);
    }

    public override string Path { get; }

    public override string Format => "safetensors";

    public override DecoderSpec Spec { get; }

    public override bool HasTokenizer => File.Exists(InFolder(TokenizerFileName));

    public override Tokenizer Tokenizer => _tokenizer.Value;

    public override string? ChatTemplateSource => _tokenizerConfig.ChatTemplate;

    public override SpecialTokenTexts SpecialTokens => _tokenizerConfig.SpecialTokens;

    public override GenerationDefaults Generation => _generation.Value;

    /// <summary>Opens a folder. Weights and tokenizer are not looked at yet.</summary>
    /// <exception cref="InvalidModelException">There is no such folder, or a file in it is not what it must be.</exception>
    public static new ModelFolder Open(string path) => Directory.Exists(path)
        ? new ModelFolder(path)
        : throw new InvalidModelException(path, null, File.Exists(path) ? "is a file, not a model folder" : "there is no such folder");

    public override IWeightSource OpenWeights() => SafetensorsSource.Open(Path);

    public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers) => HfShardWeights.Load(weights, Spec, layers);

    private string InFolder(string name) => System.IO.Path.Combine(Path, name);
}
