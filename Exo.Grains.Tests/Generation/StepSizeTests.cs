using System.Collections.Concurrent;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Backends.Wire;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;
using Exo.Grains.Generation;
using Exo.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Exo.Grains.Tests.Generation;

/// <summary>No message of a prompt is much larger than a mebibyte.</summary>
public sealed class StepSizeTests
{
    /// <summary>From the sample model's width to the widest of the large ones (Llama 3.1 405B).</summary>
    [Theory]
    [InlineData(256)]
    [InlineData(2048)]
    [InlineData(2880)]
    [InlineData(5120)]
    [InlineData(8192)]
    [InlineData(12288)]
    [InlineData(16384)]
    public void MostTokens_OfAnyModelsWidth_FillAMebibyteAndNoMore(int hiddenSize)
    {
        var tokens = StepSize.MostTokens(hiddenSize * sizeof(float));

        Assert.InRange((long)tokens * hiddenSize * sizeof(float), StepSize.MessageByteCount - hiddenSize * sizeof(float) + 1, StepSize.MessageByteCount);
        var bytes = Sent(Frame(tokens, hiddenSize));
        Assert.True(bytes < StepSize.MessageByteCount * 1.05, $"{tokens} tokens of {hiddenSize} are sent as {bytes} bytes");
    }

    /// <summary>Beside sequences that decode a prompt still gets on, by a quarter of a step.</summary>
    [Fact]
    public async Task Steps_OfManySequences_HoldToIt()
    {
        const int MostTokens = 16;
        var chain = new CountingChain();
        await using var model = LoadedModel.Over(ModelFiles.Open(ChainFixture.Stories), chain, contextLength: 256, new LoadOptions { MaxSequences = 30, MostStepTokens = MostTokens });

        await Task.WhenAll(Enumerable.Range(0, 30).Select(seed => GenerateAsync(model, seed)));

        Assert.Contains(MostTokens, chain.Tokens);
        Assert.All(chain.Tokens, tokens => Assert.InRange(tokens, 1, MostTokens + MostTokens / 4));
    }

    private static async Task GenerateAsync(LoadedModel model, int seed)
    {
        var request = new GenerationRequest { Prompt = [.. Enumerable.Range(0, 50).Select(i => 5 + (seed * 50 + i) % 1000)], MaxTokens = 20, IgnoreEos = true };
        await foreach (var _ in model.GenerateAsync(request, TestContext.Current.CancellationToken))
        {
        }
    }

    /// <summary>A chunk of a prompt on its way from a shard to the next.</summary>
    private static StepFrame Frame(int tokens, int hiddenSize)
    {
        var slice = new SequenceSlice { SequenceId = 1, StartPosition = 4096, TokenCount = tokens, Blocks = new int[KvBlock.CountFor(4096 + tokens)] };
        var step = new StepInput { Slices = [slice], TokenIds = new int[tokens] };
        return new StepFrame { Step = 1, Head = StepWire.Write(step), Hidden = new float[tokens * hiddenSize] };
    }

    private static int Sent(StepFrame frame)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        return services.GetRequiredService<Serializer>().SerializeToArray(frame).Length;
    }

    /// <summary>Notes how many tokens each step has, and computes nothing.</summary>
    private sealed class CountingChain : IShardChain
    {
        public ConcurrentBag<int> Tokens { get; } = [];

        public int Depth => 3;

        public int KvBlockCount => 300;

        public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
        {
            Tokens.Add(step.TokenIds.Length);
            return ValueTask.FromResult(new StepOutput
            {
                Slices = [.. step.Slices.Select(slice => new SliceOutput { SequenceId = slice.SequenceId, Choice = slice.Sample is null ? null : new TokenChoice(9, -1, []) })],
            });
        }
    }
}
