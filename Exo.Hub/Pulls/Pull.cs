namespace Exo.Hub.Pulls;

/// <summary>A running pull.</summary>
public sealed class Pull
{
    internal Pull(PullPlan plan) => Plan = plan;

    /// <summary>What it carries out.</summary>
    public PullPlan Plan { get; }

    /// <summary>Ends when every file is verified and in the store, or with a <see cref="HubException"/> or <see cref="OperationCanceledException"/>.</summary>
    public Task<PullResult> Completion => throw new NotImplementedException();

    /// <summary>The pull now. Cheap; any thread.</summary>
    public PullSnapshot Current => throw new NotImplementedException();

    /// <summary>The pull now and after each change, at most ten a second; ends after the last one (Done, Failed, Cancelled), which is always given. Slow readers skip, never queue.</summary>
    public IAsyncEnumerable<PullSnapshot> WatchAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="WatchAsync"/>, pushed. Dispose to stop.</summary>
    public IDisposable Report(IProgress<PullSnapshot> progress) => throw new NotImplementedException();

    /// <summary>Higher goes first where pulls compete for connections.</summary>
    public int Priority { get; set; }

    /// <summary>Stops asking for bytes; what is landed stays.</summary>
    public void Pause() => throw new NotImplementedException();

    /// <summary>Goes on.</summary>
    public void Resume() => throw new NotImplementedException();

    /// <summary>Ends it; what is landed stays for a later pull.</summary>
    public void Cancel() => throw new NotImplementedException();
}
