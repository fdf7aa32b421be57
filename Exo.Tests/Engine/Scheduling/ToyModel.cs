using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>
/// A model made of hashes: each layer's value at a position is a hash of the layer below there, and what comes out mixes the values of
/// all positions up to it. One lost, doubled or misplaced token changes every later logit. Computed here from a plain list, as the
/// twin of <see cref="ToyShard"/>, which does it over KV blocks.
/// </summary>
internal static class ToyModel
{
    public const int VocabSize = 64;
    public const int LayerCount = 3;

    /// <summary>The token that ends an answer.</summary>
    public const int EndToken = 63;

    public static DecoderSpec Spec { get; } = new()
    {
        Architecture = "toy",
        HiddenSize = 4,
        VocabSize = VocabSize,
        ContextLength = 4096,
        NormEpsilon = 1e-5f,
        TiedHead = true,
        Layers = [.. Enumerable.Range(0, LayerCount).Select(_ => new LayerSpec
        {
            Attention = new AttentionSpec { Heads = 1, KvHeads = 1, HeadSize = 2, Scale = 1, Rope = new RopeSpec { Dimensions = 2, Frequencies = [1] } },
            FeedForward = new FeedForwardSpec { IntermediateSize = 1, Activation = Activation.Silu },
        })],
    };

    public static ulong Mix(ulong a, ulong b)
    {
        var x = (a ^ (b + 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    public static ulong Embed(int token) => Mix((ulong)token, 17);

    /// <summary>What a layer stores for a position.</summary>
    public static ulong Value(ulong below, int position, int layer) => Mix(Mix(below, (ulong)position), (ulong)layer);

    /// <summary>One more position in a layer's mix over all of them.</summary>
    public static ulong Attend(ulong mix, ulong value) => Mix(mix, value);

    /// <summary>Logits from -4 to 4, with a few ties.</summary>
    public static float[] Logits(ulong top)
    {
        var logits = new float[VocabSize];
        for (var id = 0; id < VocabSize; id++) logits[id] = (int)(Mix(top, (ulong)id) % 400) / 50f - 4f;
        return logits;
    }

    /// <summary>The logits after the last token.</summary>
    public static float[] Logits(IReadOnlyList<int> tokens)
    {
        var hidden = tokens.Select(Embed).ToArray();
        for (var layer = 0; layer < LayerCount; layer++)
        {
            var mix = 0UL;
            for (var position = 0; position < hidden.Length; position++)
            {
                mix = Attend(mix, Value(hidden[position], position, layer));
                hidden[position] = Mix(hidden[position], mix);
            }
        }

        return Logits(hidden[^1]);
    }

    /// <summary>The answer's tokens, each from scratch: no cache, no batch, no scheduler.</summary>
    public static List<int> Generate(GenerationRequest request, int contextLength = 4096)
    {
        List<int> tokens = [.. request.Prompt];
        var limit = Math.Min(contextLength, tokens.Count + (request.MaxTokens ?? contextLength));
        while (tokens.Count < limit)
        {
            var sample = new SampleRequest { Options = request.Sampling, Position = tokens.Count, History = tokens.ToArray() };
            tokens.Add(Sampler.Sample(Logits(tokens), sample).TokenId);
            if (!request.IgnoreEos && tokens[^1] == EndToken) break;
        }

        return tokens[request.Prompt.Count..];
    }
}
