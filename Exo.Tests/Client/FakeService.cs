using System.Runtime.CompilerServices;
using Exo.Api;

namespace Exo.Tests.Client;

/// <summary>A service that answers what the test says and remembers what it was asked.</summary>
internal sealed class FakeService : IExoService, IWorkbench
{
    public PromptStyle PromptStyle { get; set; } = PromptStyle.Chat;

    /// <summary>The answer's parts, one token each. Token ids count from 100.</summary>
    public IReadOnlyList<string> Answer { get; set; } = ["Hello", ", ", "you", "."];

    public FinishReason Ending { get; set; } = FinishReason.Stop;

    public int PromptTokens { get; set; } = 7;

    public int ContextLength { get; set; } = 2048;

    /// <summary>Called before each part with its index; cancels, throws, waits.</summary>
    public Func<int, CancellationToken, Task> BeforePart { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>A cancelled answer ends with an event that says so, as the engine's do; otherwise with an exception, as a broken line's does.</summary>
    public bool EndsCancelledQuietly { get; set; }

    /// <summary>Called while a cluster's nodes fetch a model, as a part of its load; null: they have it.</summary>
    public Action? Fetching { get; set; }

    /// <summary>Called while a model loads; cancels, throws, waits.</summary>
    public Func<CancellationToken, Task> Loading { get; set; } = _ => Task.CompletedTask;

    /// <summary>Thrown by the first load.</summary>
    public ExoException? LoadFailure { get; set; }

    public ExoException? AnswerFailure { get; set; }

    public IReadOnlyList<StoredModel> Models { get; set; } = [];

    public PullPlan Plan { get; set; } = new()
    {
        Model = "org/name",
        Commit = new string('a', 40),
        Files = [new("config.json", 600, 600), new("model.safetensors", 4L << 30, 1L << 30)],
        LeftOut = [new("pytorch_model.bin", 4L << 30, "safetensors are there")],
        Destination = "/store/models--org--name/snapshots/aaaa",
        FreeDiskByteCount = 100L << 30,
    };

    /// <summary>Gives the plan in its own time; null: <see cref="Plan"/> at once.</summary>
    public Func<Task<PullPlan>>? Planning { get; set; }

    public IReadOnlyList<PullProgress> Snapshots { get; set; } = [];

    public VerifyProgress Verified { get; set; } = new() { DoneByteCount = 10, ByteCount = 10, Files = [new("model.safetensors", null)], Done = true };

    public PlacementReport Placement { get; set; } = new() { Model = "", ContextLength = 2048, Sequences = 1, LayerCount = 2, WeightByteCount = 1 << 20, KvByteCount = 1 << 16 };

    public PlaceRequest? Placed { get; private set; }

    public IReadOnlyList<NodeState> Nodes { get; set; } = [new NodeState { Name = "here", Cores = 2, MemoryByteCount = 8L << 30, UsedMemoryByteCount = 1 << 20, PeakMemoryByteCount = 2L << 30 }];

    /// <summary>Called before the state is told; throws, waits.</summary>
    public Func<CancellationToken, Task> TellingState { get; set; } = _ => Task.CompletedTask;

    public int StatesAsked { get; private set; }

    public List<AnswerRequest> Asked { get; } = [];

    public List<LoadRequest> Loaded { get; } = [];

    public List<PullRequest> Pulled { get; } = [];

    public List<PullControl> Controlled { get; } = [];

    /// <summary>Thrown where a pull is to be controlled.</summary>
    public Exception? ControlFailure { get; set; }

    public List<string> Removed { get; } = [];

    public TokenizeRequest? Tokenized { get; private set; }

    public BenchmarkReport? Benchmark { get; set; }

    public BenchmarkRequest? Benchmarked { get; private set; }

    public QuantizedFile? Quantized { get; set; }

    public QuantizeRequest? QuantizeAsked { get; private set; }

    public bool IsDisposed { get; private set; }

    public async IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Loaded.Add(request);
        if (LoadFailure is { } failure)
        {
            LoadFailure = null;
            throw failure;
        }
        if (Fetching is not null)
        {
            yield return new LoadProgress(0.1, null, IsFetching: true);
            Fetching();
            yield return new LoadProgress(0.4, null, IsFetching: true);
        }
        yield return new LoadProgress(0.5, null);
        await Loading(cancellationToken);
        yield return new LoadProgress(1, Info(request.Model));
    }

    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Asked.Add(request);
        if (AnswerFailure is not null) throw AnswerFailure;
        yield return new AnswerEvent { PromptTokens = PromptTokens, PromptTopLogprobs = request.TopLogprobs > 0 ? [[new(5, -0.5f)]] : null };
        for (var index = 0; index < Answer.Count; index++)
        {
            await BeforePart(index, cancellationToken);
            if (cancellationToken.IsCancellationRequested && EndsCancelledQuietly)
            {
                yield return new AnswerEvent { FinishReason = FinishReason.Cancelled, Usage = Usage(index) };
                yield break;
            }
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<TokenLikelihood> top = request.TopLogprobs > 0 ? [new(100 + index, -0.25f)] : [];
            yield return new AnswerEvent { Text = Answer[index], Tokens = [new AnswerToken(100 + index, -0.25f, top)] };
        }
        yield return new AnswerEvent
        {
            FinishReason = Ending,
            Usage = Usage(Answer.Count),
        };
    }

    public async IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Pulled.Add(request);
        for (var index = 0; index < Snapshots.Count; index++)
        {
            await BeforePart(index, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            yield return Snapshots[index];
        }
    }

    public async IAsyncEnumerable<BenchmarkProgress> BenchmarkAsync(BenchmarkRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Benchmarked = request;
        yield return new BenchmarkProgress(0, 2, null, null);
        yield return new BenchmarkProgress(2, 2, null, Benchmark);
    }

    public async IAsyncEnumerable<QuantizeProgress> QuantizeAsync(QuantizeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        QuantizeAsked = request;
        yield return new QuantizeProgress(0.5, null);
        await BeforePart(0, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        yield return new QuantizeProgress(1, Quantized);
    }

    public Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken) => Planning?.Invoke() ?? Task.FromResult(Plan);

    public Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken)
    {
        if (ControlFailure is not null) throw ControlFailure;
        lock (Controlled) Controlled.Add(control);
        return Task.FromResult(Client.Snapshots.At(40, control.Paused is true ? PullPhase.Paused : PullPhase.Fetching) with { Model = control.Model });
    }

    public async IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return Verified;
    }

    public Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(Models);

    public Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken) => Task.FromResult(Card(model));

    public Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken)
    {
        Removed.Add(model);
        return Task.FromResult(new RemovedModel(model, 3L << 30));
    }

    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken)
    {
        Tokenized = request;
        return Task.FromResult(new TokenizedText([new(7, "One"), new(8, " \n")]));
    }

    public Task<bool> UnloadAsync(string model, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<LoadedModelInfo>>([Info("m")]);

    public Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken)
    {
        Placed = request;
        return Task.FromResult(Placement with { Model = request.Model });
    }

    public async Task<ServiceState> GetStateAsync(CancellationToken cancellationToken)
    {
        StatesAsked++;
        await TellingState(cancellationToken);
        return new ServiceState { Version = "1", Models = [], Pulls = [], Nodes = Nodes };
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private AnswerUsage Usage(int completionTokens) => new()
    {
        PromptTokens = PromptTokens,
        CompletionTokens = completionTokens,
        ContextLength = ContextLength,
        PrefillSeconds = 0.5,
        DecodeSeconds = 2,
        PeakMemoryByteCount = 1 << 30,
        Seed = 42,
    };

    private LoadedModelInfo Info(string name) => new()
    {
        Name = name,
        Path = "/models/" + name,
        ContextLength = ContextLength,
        ByteCount = 1 << 20,
        Device = "cpu",
        PromptStyle = PromptStyle,
        HasChatTemplate = PromptStyle == PromptStyle.Chat,
        Sampling = new SamplingSettings { Temperature = 0.8f },
    };

    private ModelCard Card(string name) => new()
    {
        Name = name,
        Path = "/models/" + name,
        Architecture = "llama",
        ParameterCount = 1_236_000_000,
        ContextLength = 131072,
        HiddenSize = 2048,
        VocabSize = 128256,
        Format = "safetensors",
        DTypes = [new("BF16", 2_471_000_000)],
        ByteCount = 2_471_000_000,
        KvByteCountPerToken = 32768,
        Tokenizer = "byte-level BPE, 128,256 tokens",
        HasChatTemplate = true,
        PromptStyle = PromptStyle,
        Layers = [new("embedding", 525_000_000), new("layer 0", 121_000_000, "32 heads over 8, size 64", "8192"), new("layer 1", 121_000_000, "32 heads over 8, size 64", "8192"), new("norm and head", 4096)],
        Sampling = new SamplingSettings { Temperature = 0.6f, TopP = 0.9f },
    };
}
