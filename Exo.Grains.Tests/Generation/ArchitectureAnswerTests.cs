using Exo.Api;
using Exo.Api.Local;
using static Exo.Grains.Tests.Generation.ChainFixture;

namespace Exo.Grains.Tests.Generation;

/// <summary>The law of the same answer over silos, for every architecture that the engine knows.</summary>
public sealed class ArchitectureAnswerTests(ChainFixture nodes) : IClassFixture<ChainFixture>
{
    /// <summary>The reference models; each is small and of one architecture.</summary>
    public static TheoryData<string> Models { get; } = ["gemma2", "gemma3", "llama-gqa", "llama-sharded", "llama3-rope", "qwen2", "qwen3", "qwen3moe"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Answer_OverTwoThreeAndFiveSilos_EqualsOneMachineBitForBit(string model)
    {
        var folder = Vectors.Path("models", model, "hf");
        var layers = Engine.Models.ModelFiles.Open(folder).Spec.Layers.Count;
        AnswerRequest[] requests =
        [
            new() { Model = folder, PromptIds = [5, 17, 3, 40, 8, 21, 9], Sampling = new() { Temperature = 0, Seed = 1 }, MaxTokens = 24, TopLogprobs = 2 },
            new() { Model = folder, PromptIds = [5, 17, 3, 40, 8, 21, 9], Sampling = new() { Temperature = 1.1f, TopP = 0.95f, RepeatPenalty = 1.2f, Seed = 99 }, MaxTokens = 24, TopLogprobs = 2 },
        ];
        await using var alone = new LocalExoService();
        foreach (var request in requests)
        {
            var expected = await AllAsync(alone.AnswerAsync(request, Token));
            foreach (var silos in (int[])[2, 3, 5])
            {
                var deployment = await nodes.DeployAsync(folder, [.. nodes.Names.Take(Math.Min(silos, layers))]);
                ChainAnswerTests.AssertSame(expected, await AllAsync(nodes.AnswerAsync(deployment, request)));
            }
        }
    }
}
