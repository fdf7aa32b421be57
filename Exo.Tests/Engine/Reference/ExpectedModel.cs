using System.Text.Json;

namespace Exo.Tests.Engine.Reference;

/// <summary>What llama.cpp says of one of the vectors' models.</summary>
/// <param name="Tokens">The prompt.</param>
/// <param name="Top">[tokens][10]: the likeliest tokens after each position, best first.</param>
/// <param name="Greedy">The 24 likeliest tokens after the prompt, one after the other.</param>
internal sealed record ExpectedModel(int[] Tokens, IReadOnlyList<IReadOnlyList<ExpectedToken>> Top, int[] Greedy)
{
    /// <summary>The vectors' models.</summary>
    public static TheoryData<string> Names { get; } = ["gemma2", "gemma3", "llama-gqa", "llama-sharded", "llama3-rope", "qwen2", "qwen3", "qwen3moe"];

    /// <param name="model">A folder's name below "models".</param>
    /// <param name="type">"f32", "q8_0" or "q4_0": the GGUF that was asked.</param>
    public static ExpectedModel Load(string model, string type)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Vectors.Path("models", model, $"expected-{type}.json")));
        var root = json.RootElement;
        return new ExpectedModel(
            Ints(root.GetProperty("tokens")),
            [.. root.GetProperty("top").EnumerateArray().Select(row => row.EnumerateArray().Select(ExpectedToken.Read).ToList())],
            Ints(root.GetProperty("greedy")));
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];
}

/// <summary>A token with its logit and its natural log-probability.</summary>
internal readonly record struct ExpectedToken(int Id, double Logit, double Logprob)
{
    public static ExpectedToken Read(JsonElement triple) => new(triple[0].GetInt32(), triple[1].GetDouble(), Math.Log(triple[2].GetDouble()));
}
