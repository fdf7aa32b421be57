using System.Net;
using Exo.Silo.Clustering;
using Orleans.Runtime;

namespace Exo.Silo.Stopping;

/// <summary>
/// Ends the process where Orleans can't go on, above all where the others have declared this silo dead: its grains live elsewhere by then, so it may not
/// go on as if nothing had been. A supervisor starts it afresh.
/// </summary>
/// <param name="own">Where this silo is to be reached.</param>
internal sealed class DeclaredDead(IPEndPoint own, TextWriter errors) : IFatalErrorHandler
{
    private const string Told = "told I am dead";

    private int _ended;

    /// <summary>Whether this silo was a member; before that, being declared dead means that the others couldn't reach it.</summary>
    public bool HasJoined { get; set; }

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        var (code, text) = context?.Contains(Told, StringComparison.Ordinal) != true
            ? (ExitCode.Failure, $"{sender?.GetType().Name} can't go on ({context}): {exception?.Message}")
            : HasJoined
                ? (ExitCode.DeclaredDead, "the other silos have declared this one dead: it didn't answer them for some seconds (frozen, suspended, or cut off from the network). It ends, so that whatever supervises it starts it afresh.")
                : (ExitCode.Unavailable, $"this silo can't join: the others didn't reach it at {own}. {UnreachableNodes.Remedy}");
        errors.WriteLine($"exo-silo: {text}");
        StopSignals.ExitNow(code);
    }
}
