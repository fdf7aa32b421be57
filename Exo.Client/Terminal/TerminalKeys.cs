namespace Exo.Client.Terminal;

/// <summary>Keys from the process's terminal.</summary>
internal sealed class TerminalKeys : IKeySource
{
    public bool IsAvailable => Console.KeyAvailable;

    public IDisposable Begin()
    {
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        return new Scope(before);
    }

    public ConsoleKeyInfo? Read()
    {
        try
        {
            return Console.ReadKey(intercept: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or IOException)
        {
            return null; // The terminal has gone.
        }
    }

    private sealed class Scope(bool before) : IDisposable
    {
        public void Dispose() => Console.TreatControlCAsInput = before;
    }
}
