using Orleans.Runtime;

namespace Exo.Silo.Stopping;

/// <summary>
/// Ends the process where Orleans can't go on, above all where the others have declared this silo dead: its grains live elsewhere by then, so it may not
/// go on as if nothing had been. A supervisor starts it afresh.
/// </summary>
internal sealed class DeclaredDead(TextWriter errors) : IFatalErrorHandler
{
    private const string Told = "told I am dead";

    private int _ended;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        var isDead = context?.Contains(Told, StringComparison.Ordinal) == true;
        errors.WriteLine(isDead
            ? "exo-silo: the other silos have declared this one dead: it didn't answer them for some seconds (frozen, suspended, or cut off from the network). It ends, so that whatever supervises it starts it afresh."
            : $"exo-silo: {sender?.GetType().Name} can't go on ({context}): {exception?.Message}");
        StopSignals.ExitNow(isDead ? ExitCode.DeclaredDead : ExitCode.Failure);
    }
}
