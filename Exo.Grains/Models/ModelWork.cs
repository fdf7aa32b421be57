using System.Collections.Immutable;
using Exo.Engine.Placement;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Models;

/// <summary>
/// Brings a model to what is wanted of it: plans, fetches, loads, opens; again with other nodes where one is lost on the way. It runs by itself on its
/// grain's scheduler, and everything that takes long runs elsewhere.
/// </summary>
internal sealed partial class ModelWork(
    string model, RecordStore records, SnapshotBoard board, ModelPlanner planner, ModelFetcher fetcher, ModelLoader loader, MemoryClaim memory, TimeProvider time, ILogger logger)
{
    private const int MostAttempts = 10;

    private CancellationTokenSource _cancel = new();
    private PlacementPlan? _plan;
    private ImmutableDictionary<string, string> _without = ImmutableDictionary<string, string>.Empty;

    /// <summary>Nodes that the work does without, and why: they could not get their layers.</summary>
    public IReadOnlyDictionary<string, string> Without => _without;

    /// <summary>The work under way, or the last one.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public bool IsRunning => !Running.IsCompleted;

    /// <summary>Begins anew, from the plan on.</summary>
    public void Begin(string reason, bool newest = false)
    {
        Stop();
        LogBegins(model, records.Record.Goal, reason);
        var before = Running;
        var cancel = _cancel = new CancellationTokenSource();
        _without = _without.Clear();
        board.Set(board.Current with { Phase = ModelPhase.Planning, Error = null, ErrorKind = null, Notice = null, Nodes = [], End = null });
        Running = RunAsync(before, newest, deployment: null, cancel.Token);
    }

    /// <summary>Goes on with a deployment that was planned before this grain came to be here.</summary>
    public void TakeUp(Deployment deployment)
    {
        LogTakesUp(model, deployment.Epoch);
        board.Set(board.Current with { Phase = ModelPhase.Planning, Deployment = deployment });
        Running = RunAsync(Running, newest: false, deployment, _cancel.Token);
    }

    /// <summary>Looks whether the model could be deployed otherwise than it is, with others making way perhaps; moves nothing.</summary>
    /// <exception cref="ModelRefusedException">It couldn't; the message does the sum.</exception>
    public async Task CheckAsync(DeployOptions options, CancellationToken cancellationToken) =>
        await memory.ChooseAsync(await planner.PlanAsync(options, ModelGoal.Deployed, newest: false, old: null, before: null, _without, cancellationToken), cancellationToken);

    /// <summary>Ends the work; fetches that run on nodes go on there.</summary>
    public void Stop() => _cancel.Cancel();

    /// <summary>Ends the work, and nothing is wanted any more.</summary>
    public void Forget()
    {
        Stop();
        _plan = null;
        records.Set(records.Record with { Goal = ModelGoal.None, Deployment = null, Control = new() });
    }

    private async Task RunAsync(Task before, bool newest, Deployment? deployment, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        for (var attempt = 1; !cancellationToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await AttemptAsync(newest, deployment, cancellationToken);
                return;
            }
            catch (Exception ended) when (cancellationToken.IsCancellationRequested)
            {
                LogStopped(model, ended.Message);
            }
            catch (Exception lost) when (lost is NodeLostException or ShardLostException or RoomTakenException && attempt < MostAttempts)
            {
                LogLost(model, lost.Message, attempt);
                deployment = null;
            }
            catch (FetchFailedException failed) when (planner.Nodes.Any(node => node != failed.Node && !_without.ContainsKey(node)))
            {
                LogWithout(model, failed.Node, failed.Message);
                _without = _without.SetItem(failed.Node, failed.Message);
                board.Set(board.Current with { Notice = $"planned without node '{failed.Node}': {failed.Message}" });
                deployment = null;
            }
            catch (Exception failure)
            {
                Fail(failure);
                return;
            }
        }
    }

    private async Task AttemptAsync(bool newest, Deployment? deployment, CancellationToken cancellationToken)
    {
        // 1. What is there may be all that is wanted.
        if (deployment is not null && records.Record.Goal == ModelGoal.Deployed && await loader.IsReadyAsync(deployment, cancellationToken))
        {
            await ReadyAsync(deployment, cancellationToken);
            return;
        }

        // 2. Who runs what.
        board.Set(board.Current with { Phase = ModelPhase.Planning, Nodes = [] });
        var planned = await memory.PlanAsync(old => planner.PlanAsync(records.Record.Options, records.Record.Goal, newest, old, records.Record.Deployment, _without, cancellationToken), _plan, records.Record.Goal, cancellationToken);
        deployment = Adopt(planned, deployment);

        // 3. What is missing comes to their disks.
        await FetchAsync(planned, deployment, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested(); // What is wanted by now is wanted of the work that comes after this one.
        if (records.Record.Goal != ModelGoal.Deployed)
        {
            Forget();
            board.Set(board.Current with { Phase = ModelPhase.Idle, Deployment = null, End = new WorkEnd(WorkOutcome.Done, ModelGoal.Fetched, ModelPhase.Fetching) });
            return;
        }

        // Somebody wants it in memory by now. What was placed for another format than theirs is placed anew; its bytes are there.
        if (planned.Input.Quantization != records.Record.Options.Quantization)
        {
            await AttemptAsync(newest: false, deployment: null, cancellationToken);
            return;
        }

        // 4. And into their memory.
        await planner.CheckRoomAsync(deployment, planned.Nodes, cancellationToken);
        board.Set(board.Current with { Phase = ModelPhase.Loading });
        await loader.LoadAsync(deployment, (index, state) => ShowLoad(deployment.Shards[index].Node, state), cancellationToken);
        await loader.OpenAsync(deployment, cancellationToken);
        await ReadyAsync(deployment, cancellationToken);
    }

    /// <summary>
    /// Gives a plan its epoch. A deployment that was on its way, whose nodes are all there, is kept with its epoch and its ranges: its fetches run.
    /// </summary>
    private Deployment Adopt(PlannedModel planned, Deployment? begun)
    {
        _plan = planned.Placed.Plan ?? _plan;
        var deployment = begun is not null && begun.Commit == planned.Input.Commit && begun.Shards.All(shard => planned.Nodes.Any(node => node.Name == shard.Node))
            ? begun
            : planned.Placed.Deployment! with { Epoch = Rising.Next(records.Record.Epoch, time) };
        records.Set(records.Record with { Deployment = deployment, Epoch = Math.Max(records.Record.Epoch, deployment.Epoch) });
        board.Set(board.Current with
        {
            Phase = ModelPhase.Fetching,
            Deployment = deployment,
            Nodes = [.. deployment.Shards.GroupBy(shard => shard.Node).Select(node => new NodeWork(node.Key, node.Min(shard => shard.FirstLayer), node.Max(shard => shard.EndLayer), 0, 0, 0, 0, 0))],
        });
        return deployment;
    }

    private Task FetchAsync(PlannedModel planned, Deployment deployment, CancellationToken cancellationToken)
    {
        var mirrors = planned.Nodes.Where(node => node.Mirror is not null).ToDictionary(node => node.Name, node => node.Mirror!, StringComparer.Ordinal);
        var heldName = Placing.HeldName(model);
        var holders = planned.Nodes.Where(node => node.Held.Any(held => held.Model == heldName && held.Commit == deployment.Commit && held.HasLayers)).Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        var plans = FetchPlan.Make(deployment, records.Record.Goal, planned.Input.Cost.Layers.Count, planned.Input.Cost.TiedHead, mirrors, planner.Here, holders);
        return fetcher.FetchAsync(plans, ShowFetch, cancellationToken);
    }

    private async Task ReadyAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        // Another keep-alive may have been asked for since the nodes were told.
        if (records.Record.Deployment is { } now && now.Epoch == deployment.Epoch && now.Options != deployment.Options)
        {
            deployment = now;
            loader.Remind(now);
        }

        board.Set(board.Current with { Phase = ModelPhase.Ready, Deployment = deployment, Error = null, ErrorKind = null });
        LogReady(model, deployment.Epoch, deployment.Shards.Length);
        await FreeFormerAsync(deployment.Epoch - 1, cancellationToken);
    }

    /// <summary>What is ready answers, whatever becomes of what was there before: each node frees by itself, sooner or later, what no deployment needs.</summary>
    private async Task FreeFormerAsync(long epoch, CancellationToken cancellationToken)
    {
        try
        {
            await loader.RetireAsync(model, epoch, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotFreed(failure, model, epoch);
        }
    }

    private void Fail(Exception failure)
    {
        LogFailed(failure, model);
        _ = loader.RetireAsync(model, records.Record.Epoch, CancellationToken.None); // What did load holds memory for nothing.
        var told = failure switch
        {
            FetchFailedException fetch => new ModelRefusedException(fetch.Kind, fetch.Message),
            RoomTakenException => new ModelRefusedException(Api.ExoErrorKind.OutOfMemory, failure.Message),
            _ => Refusals.Of(failure) ?? new ModelRefusedException(Api.ExoErrorKind.Failure, failure.Message),
        };
        var others = string.Concat(_without.Values.Order(StringComparer.Ordinal).Select(reason => $"; before that {reason}"));
        told = new ModelRefusedException(told.Kind, told.Message + others);
        var end = new WorkEnd(WorkOutcome.Failed, records.Record.Goal, board.Current.Phase);
        Forget();
        board.Set(board.Current with { Phase = ModelPhase.Failed, Deployment = null, Error = told.Message, ErrorKind = told.Kind, End = end });
    }

    private void ShowFetch(FetchProgress now) => Show(now.Node, work => work with
    {
        BytesWanted = now.State.BytesWanted,
        BytesDone = now.State.BytesDone,
        BytesFromCache = now.State.BytesFromCache,
        BytesFromPeers = now.State.BytesFromPeers,
        BytesPerSecond = now.State.BytesPerSecond,
        Trouble = now.State.Trouble,
        IsPaused = now.State.IsPaused,
    });

    private void ShowLoad(string node, ShardState state) => Show(node, work => work with { LoadedFraction = state.Phase == ShardPhase.Ready ? 1 : state.LoadedFraction, BytesPerSecond = 0, Trouble = null });

    private void Show(string node, Func<NodeWork, NodeWork> change) =>
        board.Set(board.Current with { Nodes = [.. board.Current.Nodes.Select(work => work.Node == node ? change(work) : work)] });

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} is to be {Goal}: {Reason}")]
    private partial void LogBegins(string model, ModelGoal goal, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} goes on with epoch {Epoch}, found on its nodes")]
    private partial void LogTakesUp(string model, long epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} is ready as epoch {Epoch} on {Shards} shards")]
    private partial void LogReady(string model, long epoch, int shards);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} is planned anew, attempt {Attempt} came to nothing: {Reason}")]
    private partial void LogLost(string model, string reason, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} is planned without node {Node}: {Reason}")]
    private partial void LogWithout(string model, string node, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The work on {Model} was stopped: {Reason}")]
    private partial void LogStopped(string model, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model}'s epochs up to {Epoch} could not be freed everywhere; their nodes will")]
    private partial void LogNotFreed(Exception failure, string model, long epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} can't be made ready")]
    private partial void LogFailed(Exception failure, string model);
}
