using System.Text.Json;

namespace Exo.Tests.Api.Local;

/// <summary>The small reference models and what llama.cpp says of them.</summary>
internal static class VectorModels
{
    /// <summary>The architectures that run from Hugging Face folders.</summary>
    public static TheoryData<string> Names { get; } = ["llama-gqa", "llama3-rope", "qwen2", "qwen3"];

    public static string Folder(string name) => Vectors.Path("models", name, "hf");

    public static Expected Answers(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Vectors.Path("models", name, "expected-f32.json")));
        var root = json.RootElement;
        return new Expected(
            Ids(root.GetProperty("tokens")),
            [.. root.GetProperty("top").EnumerateArray().Select(position => position.EnumerateArray().Select(entry => (entry[0].GetInt32(), Math.Log(entry[2].GetDouble()))).ToArray())],
            Ids(root.GetProperty("greedy")));
    }

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];

    /// <param name="Prompt">Token ids.</param>
    /// <param name="Top">At each position of the prompt the ten likeliest next tokens and their natural log-probabilities.</param>
    /// <param name="Greedy">The 24 likeliest tokens after the prompt, one after the other.</param>
    internal sealed record Expected(int[] Prompt, (int Id, double Logprob)[][] Top, int[] Greedy);
}
