using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Exo.Api;
using Exo.Api.Local;
using Exo.Engine;
using Exo.Engine.Scheduling;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Pinning;
using Exo.Grains.Shards;
using Exo.Grains.Wire;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Exo.Grains.Generation;

/// <summary>
/// Drives a deployment. Templates, tokenizers and JSON run on the thread pool, the scheduler on its own thread; the grain hands over. It ends by itself
/// when its chain is lost and nobody reads from it: whoever would have closed it may be lost too.
/// </summary>
[OnNode, Reentrant]
internal sealed class GenerationGrain(OpenModels models, IModelLocator locator, ShardHost shards, IClusterMembershipService membership, TimeProvider time) : Grain, IGenerationGrain
{
    private const string NotOpen = "This deployment is not open here.";

    private GrainChain? _chain;
    private ChainWatch? _watch;
    private LoadedModel? _loaded;
    private ModelSpeech? _speech;
    private Deployment? _deployment;
    private int _answers;
    private int _readers;

    public async Task OpenAsync(Deployment deployment, CancellationToken cancellationToken = default)
    {
        if (_chain is not null) return;
        var chain = _chain = new GrainChain(GrainFactory, deployment, time);
        try
        {
            // Reading the vocabulary takes a while: not on the grain's scheduler.
            (_loaded, _speech) = await Task.Run(() => Load(deployment, chain), cancellationToken);
            _deployment = deployment;
        }
        catch
        {
            _chain = null;
            throw;
        }

        DelayDeactivation(TimeSpan.MaxValue); // What a late call makes anew, and nobody opens, goes again by itself.
        _watch = new ChainWatch(chain, deployment, shards.GivenUpAsync(ShardKey.Of(deployment, 0)), membership, time);
        _ = EndWhenLostAsync(chain);
    }

    public async IAsyncEnumerable<AnswerPart> AnswerAsync(AnswerCall call, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_loaded is not { } model || _speech is not { } speech || _deployment is not { } deployment) throw new ShardLostException(NotOpen);
        if (_chain?.Loss is { } loss) throw new ShardLostException(loss.Message);
        var parts = Channel.CreateUnbounded<AnswerPart>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _readers++;
        Interlocked.Increment(ref _answers);
        var pump = Task.Run(() => PumpAsync(model, speech, new AnswerRoom(deployment, call.ContextLength), call, parts.Writer, leaving.Token), CancellationToken.None);
        var reader = call.Reader is null ? Task.CompletedTask : Task.Run(() => WatchReaderAsync(call.Reader, leaving), CancellationToken.None);
        try
        {
            await foreach (var part in parts.Reader.ReadAllAsync(CancellationToken.None)) yield return part;
        }
        finally
        {
            await leaving.CancelAsync();
            await pump; // its KV blocks are free then
            await reader;
            _readers--;
            EndIfOver();
        }
    }

    public Task CompleteAsync(StepFrame output)
    {
        _chain?.Complete(output);
        return Task.CompletedTask;
    }

    public Task FailAsync(long step, string reason, bool lost)
    {
        if (lost) _chain?.Lose(reason);
        else _chain?.Fail(step, reason);
        return Task.CompletedTask;
    }

    public Task<GenerationLoad> GetLoadAsync(CancellationToken cancellationToken = default)
    {
        var now = _loaded?.Snapshot();
        return Task.FromResult(now is null
            ? new GenerationLoad(0, 0, 0, 0, 0, 0, 0, Loss: NotOpen)
            : new GenerationLoad(
                now.WaitingSequences,
                now.RunningSequences,
                now.StepsInFlight,
                now.BlocksInUse,
                now.BlocksCached,
                now.Blocks,
                now.CompletionTokens,
                Volatile.Read(ref _answers),
                _chain?.Loss?.Message));
    }

    public Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _chain?.Lose("The deployment was replaced or unloaded.");
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _chain?.Lose("The deployment's driver has stopped.");
        if (_watch is not null) await _watch.DisposeAsync();
        if (_loaded is not null) await _loaded.DisposeAsync();
    }

    private async Task EndWhenLostAsync(GrainChain chain)
    {
        await chain.Lost;
        EndIfOver();
    }

    private void EndIfOver()
    {
        if (_chain?.Loss is not null && _readers == 0) DeactivateOnIdle();
    }

    private (LoadedModel Loaded, ModelSpeech Speech) Load(Deployment deployment, GrainChain chain)
    {
        var path = locator.Locate(deployment.Model, deployment.Commit, layers: null);
        var files = models.Open(path);
        var options = new LoadOptions { MaxSequences = deployment.MaxSequences };
        if (deployment.Shards.Length > 1) options = options with { MostStepTokens = StepSize.MostTokens((long)files.Spec.HiddenSize * sizeof(float)) };
        return (LoadedModel.Over(files, chain, deployment.ContextLength, options), new ModelSpeech(deployment.Model, files));
    }

    /// <summary>Runs the answer and writes its events; what ends it ends the channel.</summary>
    private async Task PumpAsync(LoadedModel model, ModelSpeech speech, AnswerRoom room, AnswerCall call, ChannelWriter<AnswerPart> parts, CancellationToken cancellationToken)
    {
        Exception? end = null;
        try
        {
            var request = JsonSerializer.Deserialize(call.RequestJson, ExoJson.Default.AnswerRequest)!;
            var prepared = speech.Prepare(request, room.ContextLength, cancellationToken);
            var generation = room.Hold(prepared.Generation with { Known = call.Known });
            parts.TryWrite(Part(prepared.First));
            await foreach (var next in model.GenerateAsync(generation, cancellationToken)) parts.TryWrite(Part(prepared.Of(room.Checked(generation, next))));
        }
        catch (Exception failure)
        {
            end = Told(failure);
        }

        Interlocked.Decrement(ref _answers); // First: whoever has read the end finds the model at rest.
        parts.Complete(end);
    }

    private static AnswerPart Part(AnswerEvent next) => new(JsonSerializer.SerializeToUtf8Bytes(next, ExoJson.Default.AnswerEvent));

    /// <summary>An answer that nobody reads any more holds KV blocks for nobody.</summary>
    private async Task WatchReaderAsync(SiloAddress reader, CancellationTokenSource leaving)
    {
        try
        {
            await membership.DeadAsync(reader, leaving.Token);
            await leaving.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The answer has ended.
        }
    }

    /// <summary>Exceptions that the reader's silo knows: a lost chain is resumed there, an expected failure is shown.</summary>
    private static Exception Told(Exception failure) => failure switch
    {
        GenerationFailedException { InnerException: ChainLostException lost } => new ShardLostException(lost.Message),
        ObjectDisposedException disposed => new ShardLostException(disposed.Message),
        OperationCanceledException => failure,
        _ when Failures.Translate(failure) is { } expected => new ModelRefusedException(expected.Kind, expected.Message),
        _ => failure,
    };
}
