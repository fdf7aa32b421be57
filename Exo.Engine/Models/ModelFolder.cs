using Exo.Engine.Models.HuggingFace;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Engine.Models;

/// <summary>A model as Hugging Face lays it out: a folder of config.json, safetensors and the tokenizer's files.</summary>
public sealed class ModelFolder : ModelFiles
{
    private readonly HfTokenizerConfig _tokenizerConfig;

    private ModelFolder(string path)
    {
        Path = path;
        var config = ConfigObject.Load(InFolder(HfConfig.FileName));
        Spec = HfConfig.ReadSpec(config);
        _tokenizerConfig = HfTokenizerConfig.Read(path);
        Generation = HfGeneration.Read(path, config, _tokenizerConfig);
    }

    public override string Path { get; }

    public override string Format => "safetensors";

    public override DecoderSpec Spec { get; }

    public override string? ChatTemplateSource => _tokenizerConfig.ChatTemplate;

    public override SpecialTokenTexts SpecialTokens => _tokenizerConfig.SpecialTokens;

    public override GenerationDefaults Generation { get; }

    /// <summary>Where the tokenizer lies: tokenizer.json.</summary>
    public string TokenizerPath => InFolder("tokenizer.json");

    /// <summary>Opens a folder. The weights are not looked at yet.</summary>
    /// <exception cref="InvalidModelException">There is no such folder, or a file in it is not what it must be.</exception>
    public static new ModelFolder Open(string path) => Directory.Exists(path)
        ? new ModelFolder(path)
        : throw new InvalidModelException(path, null, File.Exists(path) ? "is a file, not a model folder" : "there is no such folder");

    public override IWeightSource OpenWeights() => SafetensorsSource.Open(Path);

    public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers) => HfShardWeights.Load(weights, Spec, layers);

    private string InFolder(string name) => System.IO.Path.Combine(Path, name);
}
