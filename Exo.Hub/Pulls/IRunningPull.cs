namespace Exo.Hub.Pulls;

/// <summary>What can be asked of a pull while it runs, of a whole model or a slice. Any thread.</summary>
public interface IRunningPull
{
    /// <summary>Higher goes first where pulls compete for connections.</summary>
    int Priority { get; set; }

    /// <summary>Stops asking for bytes; what is landed stays.</summary>
    void Pause();

    /// <summary>Goes on.</summary>
    void Resume();

    /// <summary>Ends it; what is landed stays for a later one.</summary>
    void Cancel();
}
