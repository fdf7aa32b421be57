using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Engine.Scheduling;
using Exo.Tests.Engine.Scheduling;

namespace Exo.Tests.Engine.Generation;

/// <summary>The reference models through the whole engine: files, tokenizer, shards, scheduler, text.</summary>
public sealed class LoadedModelTests
{
    public static TheoryData<string> Models { get; } = [.. (string[])["llama-gqa", "llama-sharded", "llama3-rope", "qwen2", "qwen3", "qwen3moe", "gemma2", "gemma3"]];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Generate_Greedy_ContinuesAsTheReferenceDoes(string name)
    {
        var (prompt, expected) = Reference(name);
        await using var model = await LoadAsync(name, new LoadOptions());

        var answer = await AnswerAsync(model, new GenerationRequest { Prompt = prompt, MaxTokens = expected.Length, IgnoreEos = true, Sampling = SamplingOptions.Greedy });

        Assert.Equal(expected, answer.Tokens);
        Assert.Equal(FinishReason.Length, answer.Reason);
        var whole = model.Tokenizer.Decode([.. prompt, .. expected]);
        Assert.EndsWith(answer.Text, whole);
        Assert.Equal(0, model.Snapshot().BlocksInUse);
    }

    /// <summary>BF16 is packed: keys and values get half of what that leaves.</summary>
    [Fact]
    public async Task Load_LittleMemory_HasAsMuchContextAsTheWeightsInMemoryLeave()
    {
        const int Context = 512;
        var files = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories"));
        var cost = ModelCost.Of(files);
        var memory = cost.WeightByteCount + 2 * cost.Layers.Sum(layer => layer.KvByteCount(Context));

        await using var model = await LoadedModel.LoadAsync(files, new LoadOptions { MemoryByteCount = memory }, new CpuBackend(), null, TestContext.Current.CancellationToken);

        Assert.Equal(Context, model.ContextLength);
        Assert.True(cost.WeightByteCount < files.Describe().ByteCount * 0.8);
    }

    /// <summary>The law of the same answer on real kernels: eight sampled requests, each alone, then in every way that must not matter.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public async Task Generate_Sampled_IsTheSameHoweverItIsRun(string name)
    {
        var files = ModelFiles.Open(Vectors.Path("models", name, "hf"));
        var requests = Requests(Reference(name).Prompt);
        List<IReadOnlyList<TokenChoice>> alone = [];
        await using (var model = await LoadedModel.LoadAsync(files, new LoadOptions { ContextLength = 256, PrefixCache = false }, new CpuBackend(), null, TestContext.Current.CancellationToken))
        {
            foreach (var request in requests) alone.Add(Choices(await AnswerAsync(model, request)));
        }

        await CheckAsync("eight at once", new LoadOptions { ContextLength = 256, PrefixCache = false });
        await CheckAsync("on three shards, prefixes cached", new LoadOptions { ContextLength = 256, ShardCount = 3 });
        await CheckAsync("in chunks of 7", new LoadOptions { ContextLength = 256, ShardCount = 2 }, stepTokens: 7);
        await CheckAsync("with blocks for one and a half, preempted", new LoadOptions { ContextLength = 192, MaxSequences = 1 }, sequences: 8);
        await CheckAsync("with the chain lost again and again", new LoadOptions { ContextLength = 256, ShardCount = 3 }, lifetime: 15);

        async Task CheckAsync(string how, LoadOptions options, int stepTokens = 512, int sequences = 8, int lifetime = int.MaxValue)
        {
            using var parts = await ModelParts.LoadAsync(files, options, new CpuBackend(), null, TestContext.Current.CancellationToken);
            using var chain = new LocalChain(parts.Shards);
            var schedulerOptions = new SchedulerOptions
            {
                VocabSize = files.Spec.VocabSize,
                ContextLength = parts.ContextLength,
                MaxSequences = sequences,
                StepTokens = stepTokens,
                StepTokensWhileDecoding = Math.Min(stepTokens, 128),
                PrefixCache = options.PrefixCache,
            };
            var held = new HeldChain(new MortalChain(chain, lifetime));
            await using var scheduler = new Scheduler(held, schedulerOptions, files.Tokenizer, (_, _) => Task.FromResult<IShardChain>(new MortalChain(chain, lifetime)));

            var answers = await held.AnswersAsync(scheduler, requests);

            for (var i = 0; i < requests.Length; i++)
                Assert.True(alone[i].Select(Bits).SequenceEqual(Choices(answers[i]).Select(Bits)), $"{name}, {how}: request {i} has other tokens or log-probabilities than alone");
            Toy.AssertIdle(scheduler);
            var snapshot = scheduler.Snapshot();
            if (sequences > options.MaxSequences) Assert.True(snapshot.Preemptions > 0, "blocks never ran out");
            if (lifetime < int.MaxValue) Assert.True(snapshot.ChainReplacements > 2, "the chain was hardly lost");
        }
    }

    [Fact]
    public async Task Generate_Cancelled_EndsWithinAStepAndTheModelGoesOn()
    {
        var (prompt, expected) = Reference("qwen3");
        await using var model = await LoadAsync("qwen3", new LoadOptions());
        using var cancellation = new CancellationTokenSource();
        var request = new GenerationRequest { Prompt = prompt, IgnoreEos = true, Sampling = SamplingOptions.Greedy };
        List<GenerationEvent> events = [];

        await foreach (var item in model.GenerateAsync(request, cancellation.Token))
        {
            events.Add(item);
            await cancellation.CancelAsync();
        }

        Assert.Equal(FinishReason.Cancelled, events[^1].FinishReason);
        Assert.Equal(0, model.Snapshot().BlocksInUse);
        Assert.Equal(expected[..4], (await AnswerAsync(model, request with { MaxTokens = 4 })).Tokens);
    }

    [Fact]
    public async Task Load_Progress_RisesToOne()
    {
        List<double> reported = [];

        await using var model = await LoadedModel.LoadAsync(
            Vectors.Path("models", "qwen3", "hf"), new LoadOptions { ShardCount = 2 }, new CpuBackend(), new Recorder(reported), TestContext.Current.CancellationToken);

        Assert.Equal(1, reported[^1]);
        Assert.Equal(reported.Order(), reported);
    }

    [Fact]
    public async Task Load_ContextOrShardsNotToBeHad_SaysWhatIs()
    {
        var path = Vectors.Path("models", "qwen3", "hf");

        var context = await Assert.ThrowsAsync<ArgumentException>(() => LoadAsync("qwen3", new LoadOptions { ContextLength = 4096 }));
        Assert.Contains("made for 2048", context.Message);
        var shards = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => LoadAsync("qwen3", new LoadOptions { ShardCount = 5 }));
        Assert.Contains("1 to 4 shards", shards.Message);
        await Assert.ThrowsAsync<InvalidModelException>(() => LoadedModel.LoadAsync(path + "-not", new LoadOptions(), new CpuBackend()));
    }

    [Fact]
    public async Task Dispose_WhileGenerating_EndsTheStreamAndFreesTheModel()
    {
        var model = await LoadAsync("llama-gqa", new LoadOptions());
        await using var events = model.GenerateAsync(new GenerationRequest { Prompt = [1, 2, 3], IgnoreEos = true }).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await events.MoveNextAsync();

        await model.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await events.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task Generate_ModelWithoutTokenizer_GivesTokensWithoutText()
    {
        var (prompt, expected) = Reference("llama-gqa");
        var folder = Directory.CreateTempSubdirectory("exo-no-tokenizer-");
        try
        {
            foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Vectors.Path("models", "llama-gqa", "hf", file), Path.Combine(folder.FullName, file));
            await using var model = await LoadedModel.LoadAsync(folder.FullName, new LoadOptions(), new CpuBackend(), null, TestContext.Current.CancellationToken);

            var answer = await AnswerAsync(model, new GenerationRequest { Prompt = prompt, MaxTokens = 5, IgnoreEos = true, Sampling = SamplingOptions.Greedy });

            Assert.Equal(expected[..5], answer.Tokens);
            Assert.Equal("", answer.Text);
            await model.DisposeAsync(); // and once more at the end of the block
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<LoadedModel> LoadAsync(string name, LoadOptions options) =>
        LoadedModel.LoadAsync(Vectors.Path("models", name, "hf"), options, new CpuBackend(), null, TestContext.Current.CancellationToken);

    private static async Task<Answer> AnswerAsync(LoadedModel model, GenerationRequest request)
    {
        List<GenerationEvent> events = [];
        await foreach (var item in model.GenerateAsync(request, TestContext.Current.CancellationToken)) events.Add(item);
        return new Answer(events);
    }

    /// <summary>Prompts that begin alike, of one token to 120, sampled in different ways.</summary>
    private static GenerationRequest[] Requests(int[] prompt) =>
    [
        .. Enumerable.Range(0, 8).Select(i => new GenerationRequest
        {
            Prompt = [.. prompt.Concat(prompt).Take(1 + 17 * i)],
            MaxTokens = 40,
            IgnoreEos = true,
            TopLogprobs = i % 3,
            Sampling = i == 7
                ? SamplingOptions.Greedy
                : new SamplingOptions { Temperature = 0.8f + 0.1f * i, TopP = 0.95f, TopK = i % 2 == 0 ? 0 : 40, RepetitionPenalty = 1.1f, Seed = (ulong)i },
        }),
    ];

    private static IReadOnlyList<TokenChoice> Choices(Answer answer) => [.. answer.Events.SelectMany(item => item.Tokens)];

    private static string Bits(TokenChoice choice) =>
        $"{choice.TokenId} {BitConverter.SingleToInt32Bits(choice.Logprob)} {string.Join(' ', choice.TopLogprobs.Select(top => $"{top.TokenId}:{BitConverter.SingleToInt32Bits(top.Logprob)}"))}";

    private static (int[] Prompt, int[] Greedy) Reference(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Vectors.Path("models", name, "expected-f32.json")));
        return (Ids("tokens"), Ids("greedy"));

        int[] Ids(string property) => [.. json.RootElement.GetProperty(property).EnumerateArray().Select(id => id.GetInt32())];
    }

    private sealed class Recorder(List<double> reported) : IProgress<double>
    {
        public void Report(double value) => reported.Add(value);
    }
}
