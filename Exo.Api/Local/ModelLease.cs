namespace Exo.Api.Local;

/// <summary>A model that stays in memory at least until this is disposed.</summary>
internal sealed class ModelLease(SharedLoad load, Action release) : IDisposable
{
    private Action? _release = release;

    /// <summary>Its load, running or done.</summary>
    public SharedLoad Load { get; } = load;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
