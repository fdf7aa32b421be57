using System.Text.Json;
using Exo.Engine.Tokenization;

namespace Exo.Benchmarks.Quality;

/// <summary>A text in documents: lines of JSON as tools/stories/corpus.py writes them (lists of strings, special tokens among them), or one plain text.</summary>
internal static class HeldOutText
{
    /// <summary>Each document's tokens, cut to the context; a plain text as many documents as it takes.</summary>
    public static IReadOnlyList<int[]> Read(string path, Tokenizer tokenizer, int contextLength)
    {
        var lines = File.ReadAllLines(path);
        var texts = lines.Length > 0 && lines[0].StartsWith('[')
            ? lines.Where(line => line.Length > 0).Select(line => string.Concat(JsonSerializer.Deserialize<string[]>(line)!))
            : [string.Join('\n', lines)];
        return [.. texts.Select(text => tokenizer.Encode(text, addSpecialTokens: false)).SelectMany(tokens => tokens.Chunk(contextLength)).Where(tokens => tokens.Length > 1)];
    }
}
