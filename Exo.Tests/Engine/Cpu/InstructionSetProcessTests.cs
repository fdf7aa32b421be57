using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Exo.Api;
using Exo.Api.Local;
using Exo.Client.Run;
using Exo.Tests.Client.EndToEnd;

namespace Exo.Tests.Engine.Cpu;

/// <summary>
/// The law of the same answer between machines: processes that are denied instructions of this one answer bit for bit as it does. The runtime reads these
/// settings when it starts, so each is a process of its own.
/// </summary>
public sealed class InstructionSetProcessTests
{
    /// <summary>More than the steps in which BF16 is packed.</summary>
    private const int Tokens = 20;

    private static readonly int[] Prompt = [584, 643, 265, 444, 51];

    [Theory]
    [InlineData("EnableHWIntrinsic", null)] // plain code
    [InlineData("EnableHWIntrinsic", WeightQuantization.Q8)]
    [InlineData("EnableHWIntrinsic", WeightQuantization.Q4)]
    [InlineData("EnableAVX2", null)] // registers of 16 bytes, no fused products
    [InlineData("EnableAVX2", WeightQuantization.Q8)]
    [InlineData("EnableAVX2", WeightQuantization.Q4)]
    [InlineData("EnableArm64Dp", WeightQuantization.Q4)] // NEON as every ARM64 processor has it
    public async Task Run_WithoutTheseInstructions_GivesTheSameBits(string instructions, WeightQuantization? quantization)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "it runs in a shell");
        Assert.SkipWhen(instructions == "EnableAVX2" && !Sse.IsSupported || instructions == "EnableArm64Dp" && !AdvSimd.IsSupported, "another kind of processor has these instructions");
        var quant = quantization is { } format ? $"--quant {format.ToString().ToLowerInvariant()}" : "";

        var there = await ExoProcess.ShellAsync($"DOTNET_{instructions}=0 $EXO run stories --prompt-ids {string.Join(',', Prompt)} --max-tokens {Tokens} --temperature 0 --logprobs 5 --threads 2 --json {quant}");

        Assert.True(there.ExitCode == 0, there.Errors);
        var answer = JsonSerializer.Deserialize(there.Output, RunJsonContext.Line.RunJson)!;
        var (prompt, tokens) = await AnswerHereAsync(quantization);
        Assert.Equal(tokens.Select(token => token.Id), answer.TokenIds);
        Assert.Equal(tokens.Select(token => token.TopLogprobs), answer.TopLogprobs!);
        Assert.Equal(prompt, answer.PromptTopLogprobs!);
    }

    private static async Task<(IReadOnlyList<IReadOnlyList<TokenLikelihood>> Prompt, IReadOnlyList<AnswerToken> Tokens)> AnswerHereAsync(WeightQuantization? quantization)
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = "stories", PromptIds = Prompt, MaxTokens = Tokens, Sampling = new() { Temperature = 0 }, TopLogprobs = 5, Quantization = quantization };
        var events = await service.AnswerAsync(request, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        return (Assert.Single(events, answer => answer.PromptTopLogprobs is not null).PromptTopLogprobs!, [.. events.SelectMany(answer => answer.Tokens)]);
    }
}
