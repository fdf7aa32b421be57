using Exo.Api.Events;
using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>
/// The models in memory: each is loaded once, however many ask for it at one time, stays while it is in use and as long after as the
/// options say, and makes room for others by <see cref="Residency"/>'s rules.
/// </summary>
internal sealed class LoadedModels(ModelResolver resolver, ResidencyOptions options, EventBoard events, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A model that was made ready and not yet asked is given so long to be, whatever the keep-alive.</summary>
    private static readonly TimeSpan LoadGrace = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _admission = new(1);
    private readonly List<ResidentModel> _residents = [];

    /// <summary>Holds a model; loads it where it isn't.</summary>
    /// <param name="request">Which, and how it is to be loaded.</param>
    /// <param name="asksNothing">It is only made ready for somebody who will ask later.</param>
    /// <exception cref="ExoException">The name means no model at hand.</exception>
    public ModelLease Lease(LoadRequest request, bool asksNothing = false)
    {
        var resolved = resolver.Resolve(request.Model);
        lock (_lock)
        {
            _residents.RemoveAll(resident => !resident.Load.IsAlive);
            var resident = _residents.Find(resident => resident.Answers(resolved, request)) ?? Begin(resolved, request);
            resident.Users++;
            resident.ExpiresAt = null;
            resident.Timer?.Dispose();
            return new ModelLease(resident.Load, () => Release(resident, asksNothing));
        }
    }

    /// <summary>The models that are ready.</summary>
    public IReadOnlyList<LoadedModelInfo> Ready()
    {
        lock (_lock)
        {
            return [.. _residents.Where(resident => resident.Ready is not null).Select(resident => resident.Ready!.Info(resident.Resolved.Name) with { ExpiresAt = resident.ExpiresAt })];
        }
    }

    /// <summary>The name of a model in memory, or on its way there, whose files a removal would take; null where there is none.</summary>
    public string? FindUse(RemovalScope scope)
    {
        lock (_lock) return _residents.Find(resident => resident.Load.IsAlive && resident.Resolved.Reference is { } reference && scope.Touches(reference, resident.Resolved.Commit))?.Resolved.Name;
    }

    /// <summary>Frees a model in all the ways it was loaded, once its answers have ended; false where it is not loaded.</summary>
    public async Task<bool> RemoveAsync(string model, CancellationToken cancellationToken)
    {
        var path = resolver.Resolve(model).Path;
        ResidentModel[] leaving;
        lock (_lock) leaving = [.. _residents.Where(resident => resident.Resolved.Path == path && resident.Load.IsAlive)];
        await Task.WhenAll(leaving.Select(FreeAsync)).WaitAsync(cancellationToken);
        return leaving.Length > 0;
    }

    /// <summary>Frees everything; running answers end.</summary>
    public async ValueTask DisposeAsync()
    {
        ResidentModel[] all;
        lock (_lock)
        {
            all = [.. _residents];
            _residents.Clear();
            foreach (var resident in all) resident.Leave();
        }
        foreach (var resident in all) await CloseAsync(resident);
        _admission.Dispose();
    }

    private ResidentModel Begin(ResolvedModel resolved, LoadRequest request)
    {
        var resident = new ResidentModel(resolved, request) { LastUsed = time.GetUtcNow() };
        resident.Load = new SharedLoad((progress, cancellationToken) => LoadAsync(resident, request, progress, cancellationToken));
        _residents.Add(resident);
        return resident;
    }

    private async Task<LocalModel> LoadAsync(ResidentModel resident, LoadRequest request, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var key = $"load:{request.Model}";
        try
        {
            var files = ModelFiles.Open(resident.Resolved.Path);
            files = Quantizations.Apply(files, request.Quantization ?? (files.Format == "safetensors" ? options.Quantization : null));
            var memory = options.MemoryByteCount is { } limit ? await AdmitAsync(resident, files, request, limit, cancellationToken) : (long?)null;
            events.Post(new ExoEvent { Key = key, Load = new LoadSnapshot(request.Model, 0) });
            var watched = new Progress(progress, value => events.Post(new ExoEvent { Key = key, Load = new LoadSnapshot(request.Model, Math.Min(value, 0.999)) }), time);
            var model = await LocalModel.LoadAsync(resident.Resolved, files, request, memory, watched, cancellationToken);
            lock (_lock) resident.ByteCount = model.ByteCount + model.KvByteCount;
            events.Post(new ExoEvent { Key = key, Load = new LoadSnapshot(request.Model, 1) });
            return model;
        }
        catch (Exception failure)
        {
            events.Post(new ExoEvent { Key = key, Failure = failure is OperationCanceledException ? "nobody waits for it any more" : failure.Message });
            throw;
        }
    }

    /// <summary>Makes room for a model and reserves it.</summary>
    /// <returns>Bytes that it may take, its keys and values included.</returns>
    /// <exception cref="ExoException">There is none.</exception>
    private async Task<long> AdmitAsync(ResidentModel newcomer, ModelFiles files, LoadRequest request, long limit, CancellationToken cancellationToken)
    {
        var needed = ModelNeed.Of(files, request);
        await _admission.WaitAsync(cancellationToken); // One at a time: two newcomers must not count on the same room.
        try
        {
            Room<ResidentModel> room;
            lock (_lock)
            {
                room = Residency.MakeRoom(
                    _residents.Where(resident => resident != newcomer).Select(resident => new Resident<ResidentModel>(resident, resident.ByteCount, resident.Users > 0, resident.LastUsed)), needed, limit);
                if (room.Fits) newcomer.ByteCount = needed;
                foreach (var leaving in room.Unload) leaving.Key.Leave(); // Nobody may take it up again meanwhile.
            }
            if (!room.Fits) throw ModelNeed.Refusal(request.Model, needed, limit, room.InUseByteCount);
            foreach (var resident in room.Unload) await FreeAsync(resident.Key);
            return room.FreeByteCount;
        }
        finally
        {
            _admission.Release();
        }
    }

    private void Release(ResidentModel resident, bool asksNothing)
    {
        lock (_lock)
        {
            resident.LastUsed = time.GetUtcNow();
            if (--resident.Users > 0) return;
            if (!resident.IsLeaving && resident.Load.IsAlive)
            {
                var keepAlive = asksNothing && options.KeepAlive >= TimeSpan.Zero && options.KeepAlive < LoadGrace ? LoadGrace : options.KeepAlive;
                resident.ExpiresAt = Residency.ExpiresAt(resident.LastUsed, keepAlive);
                if (resident.ExpiresAt is not null) resident.Timer = time.CreateTimer(_ => Expire(resident), null, keepAlive, Timeout.InfiniteTimeSpan);
            }
            resident.SeeWhetherIdle();
        }
        PostModels();
    }

    private void Expire(ResidentModel resident)
    {
        lock (_lock)
        {
            if (resident.Users > 0 || resident.IsLeaving || resident.ExpiresAt is not { } end || end > time.GetUtcNow()) return;
            resident.Leave();
        }
        _ = FreeAsync(resident);
    }

    private async Task FreeAsync(ResidentModel resident)
    {
        lock (_lock) resident.Leave();
        await resident.Idle;
        await CloseAsync(resident);
        // Until its memory is free it counts.
        lock (_lock) _residents.Remove(resident);
        PostModels();
    }

    private void PostModels()
    {
        if (events.WatcherCount > 0) events.Post(new ExoEvent { Key = "models", Models = Ready() });
    }

    private static async Task CloseAsync(ResidentModel resident)
    {
        await ((Task)resident.Load.Model).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (resident.Ready is { } model) await model.DisposeAsync();
    }

    /// <summary>Hands a load's progress on, and to the watchers at most ten times a second.</summary>
    private sealed class Progress(IProgress<double> inner, Action<double> watch, TimeProvider time) : IProgress<double>
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
        private long? _last;

        public void Report(double value)
        {
            inner.Report(value);
            if (_last is { } last && time.GetElapsedTime(last) < Interval) return;
            _last = time.GetTimestamp();
            watch(value);
        }
    }
}
