using Exo.Hub.Protocol;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>
/// Gets models. One per process: plans, runs and shares pulls, so that two pulls of one model fetch it once. Nothing runs on the caller's thread.
/// </summary>
public sealed class Puller : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly HubClient _origin;
    private readonly IReadOnlyList<HubClient> _peers;
    private readonly Planner _planner;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Pull> _running = [];

    /// <param name="options">Where from, where to, how fast.</param>
    /// <param name="timeProvider">Time for back-off, stalls and progress; the system's where left out.</param>
    public Puller(HubOptions options, TimeProvider? timeProvider = null)
        : this(options, timeProvider, new HubCache(options))
    {
    }

    internal Puller(HubOptions options, TimeProvider? timeProvider, HubCache cache)
    {
        (Options, Cache, _time) = (options.Checked(), cache, timeProvider ?? TimeProvider.System);
        _origin = new HubClient(options, _time);
        _peers = [.. options.Peers.Select(peer => new HubClient(options with { Endpoint = peer, Token = null, MaxAttempts = 1 }, _time))];
        _planner = new Planner(options, _origin, _peers, Cache);
        Engine = new TransferEngine(options, _time);
        Fetches = new BlobFetches(_time);
    }

    /// <summary>The store it pulls into.</summary>
    public HubCache Cache { get; }

    /// <summary>What moves the bytes, for transfers of other shapes (slices) under the same limits.</summary>
    public TransferEngine Engine { get; }

    /// <summary>The hub it asks.</summary>
    public HubClient Hub => _origin;

    /// <summary>The pulls that run in this process.</summary>
    public IReadOnlyList<Pull> Running
    {
        get
        {
            lock (_gate) return [.. _running];
        }
    }

    internal HubOptions Options { get; }

    internal BlobFetches Fetches { get; }

    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>What a pull would do: the commit, the files, what is here, the disk. Offline it plans from the store alone.</summary>
    /// <exception cref="HubException">The model cannot be had; see <see cref="HubError"/>.</exception>
    public Task<PullPlan> PlanAsync(ModelReference reference, PullOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => _planner.PlanAsync(reference, options ?? new PullOptions(), cancellationToken), cancellationToken);

    /// <summary>What a pull of a mapped model would do, by what is on the disk now.</summary>
    internal Task<PullPlan> PlanAsync(WeightMap map, CancellationToken cancellationToken)
    {
        var reference = map.Reference ?? throw new ArgumentException("The map was made by hand.", nameof(map));
        return map.Listing.Count == 0 ? PlanAsync(reference, null, cancellationToken) : Task.Run(() => _planner.Plan(reference, map), cancellationToken);
    }

    /// <summary>The same plan by what is on the disk now; the hub is not asked again.</summary>
    public Task<PullPlan> RefreshAsync(PullPlan plan, CancellationToken cancellationToken = default) => Task.Run(() => _planner.Refresh(plan), cancellationToken);

    /// <summary>Begins the pull and returns at once.</summary>
    public Pull Start(PullPlan plan) => Start(plan, _ => []);

    /// <summary>As <see cref="Start(PullPlan)"/>, with places that are asked before all others.</summary>
    internal Pull Start(PullPlan plan, Func<HubFile, IReadOnlyList<IRangeSource>> first)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            var pull = new Pull(this, plan, file => [.. first(file), .. Sources(plan)(file)], _time);
            _running.Add(pull);
            if (pull.Completion.IsCompleted) _running.Remove(pull);
            return pull;
        }
    }

    /// <summary>The places a plan's file can be had from: peers first, the origin last.</summary>
    public Func<HubFile, IReadOnlyList<IRangeSource>> Sources(PullPlan plan) => file =>
        [.. _peers.Select(peer => peer.Source(plan.Model.RepositoryId, plan.Model.Commit, file, isPeer: true)), _origin.Source(plan.Model.RepositoryId, plan.Model.Commit, file)];

    /// <summary>Stops all pulls and returns when nothing writes any more. What has landed stays.</summary>
    public void Dispose()
    {
        Task[] ends;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested) return;
            ends = [.. _running.Select(pull => pull.Completion)];
        }
        _stopping.Cancel();
        Task.WhenAll(ends).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(10));
        Engine.Dispose();
        Fetches.WaitUntilIdle(TimeSpan.FromSeconds(10));
        foreach (var client in _peers.Prepend(_origin)) client.Dispose();
    }

    internal void Ended(Pull pull)
    {
        lock (_gate) _running.Remove(pull);
    }
}
