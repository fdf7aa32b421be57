namespace Exo.Api.Local;

/// <summary>The models in memory: each is loaded once, however many ask for it at one time.</summary>
internal sealed class LoadedModels(ModelResolver resolver) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoadKey, SharedLoad> _loads = [];

    /// <summary>The load of a model, running or done.</summary>
    /// <exception cref="ExoException">The name means no model at hand.</exception>
    public SharedLoad Get(LoadRequest request)
    {
        var resolved = resolver.Resolve(request.Model);
        var key = new LoadKey(resolved.Path, request.ContextLength, request.Threads);
        lock (_lock)
        {
            if (_loads.TryGetValue(key, out var running) && running.IsAlive) return running;
            return _loads[key] = new SharedLoad((progress, cancellationToken) => LocalModel.LoadAsync(resolved, request, progress, cancellationToken));
        }
    }

    /// <summary>The models that are ready.</summary>
    public IReadOnlyList<LocalModel> Ready()
    {
        lock (_lock) return [.. _loads.Values.Where(load => load.Model.IsCompletedSuccessfully).Select(load => load.Model.Result)];
    }

    /// <summary>Frees a model in all the ways it was loaded; false where it is not loaded.</summary>
    public async Task<bool> RemoveAsync(string model)
    {
        var path = resolver.Resolve(model).Path;
        SharedLoad[] removed;
        lock (_lock)
        {
            var keys = _loads.Keys.Where(key => key.Path == path).ToArray();
            removed = [.. keys.Select(key => _loads[key])];
            foreach (var key in keys) _loads.Remove(key);
        }
        foreach (var load in removed) await FreeAsync(load);
        return removed.Length > 0;
    }

    public async ValueTask DisposeAsync()
    {
        SharedLoad[] all;
        lock (_lock)
        {
            all = [.. _loads.Values];
            _loads.Clear();
        }
        foreach (var load in all) await FreeAsync(load);
    }

    private static async Task FreeAsync(SharedLoad load)
    {
        await ((Task)load.Model).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (load.Model.IsCompletedSuccessfully) await load.Model.Result.DisposeAsync();
    }

    private sealed record LoadKey(string Path, int? ContextLength, int? Threads);
}
