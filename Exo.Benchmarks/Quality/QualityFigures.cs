using System.Globalization;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;

namespace Exo.Benchmarks.Quality;

/// <summary>What each format costs in quality: perplexity on a text, and how far the odds of the next token are from the unquantized model's.</summary>
internal static class QualityFigures
{
    public static int Run(string model, string text)
    {
        var files = ModelFiles.Open(model);
        var documents = HeldOutText.Read(text, files.Tokenizer, files.Spec.ContextLength);
        Console.WriteLine($"{model} on {documents.Count} documents, {documents.Sum(document => document.Length - 1):n0} tokens predicted");
        Console.WriteLine("| weights | bytes | perplexity | against the original | KL divergence, mean | KL, worst of 1,000 | same likeliest token |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var reference = NextTokens.Of(files, documents);
        Print("as trained", files, reference, reference);
        foreach (var type in (DType[])[DType.F16, DType.Q8_0, DType.Q6_K, DType.Q4_K, DType.Q4_0]) WithFile(files, type, file => Print($"`--type {type.ToString().ToLowerInvariant()}`", file, NextTokens.Of(file, documents), reference));
        foreach (var (name, type) in (ReadOnlySpan<(string, DType)>)[("q8", DType.Q8_0), ("q4", DType.Q4_K)])
        {
            var loaded = QuantizedModel.Of(files, type);
            Print($"`--quant {name}`", loaded, NextTokens.Of(loaded, documents), reference);
        }
        return 0;
    }

    private static void WithFile(ModelFiles files, DType type, Action<ModelFiles> use)
    {
        var folder = Directory.CreateTempSubdirectory("exo-quality-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.gguf");
            ModelQuantizer.Write(files, type, path);
            use(ModelFiles.Open(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Print(string name, ModelFiles files, NextTokens tokens, NextTokens reference)
    {
        using var weights = files.OpenWeights();
        var byteCount = files.LoadShard(weights, LayerRange.All(files.Spec)).Tensors().Sum(tensor => tensor.ByteCount);
        var divergences = reference.Divergences(tokens);
        Array.Sort(divergences);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {byteCount / 1e6:0.00} MB | {tokens.Perplexity:0.0000} | {tokens.Perplexity / reference.Perplexity - 1:+0.000 %;-0.000 %;0 %} | {divergences.Average():0.0e+0} | {divergences[(int)(divergences.Length * 0.999)]:0.0e+0} | {reference.SameBest(tokens):0.00 %} |"));
    }
}
