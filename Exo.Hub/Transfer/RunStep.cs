namespace Exo.Hub.Transfer;

/// <summary>What the run does next.</summary>
internal enum RunAction
{
    /// <summary>Nothing until there is news.</summary>
    Wait,
    /// <summary>Check an earlier run's range against the disk.</summary>
    Check,
    /// <summary>Hash landed bytes at the front.</summary>
    Hash,
    /// <summary>Forget what a changed source gave.</summary>
    Forget,
    /// <summary>Everything wanted has landed.</summary>
    Finish,
    /// <summary>It failed or was cancelled.</summary>
    End,
}

/// <summary>One step of a run, and the bytes it is about.</summary>
internal readonly record struct RunStep(RunAction Action, ByteRange Range = default, LandedRange? Record = null);
