namespace Exo.Engine.Scheduling;

/// <summary>A generation that had begun could not be brought to its end; the message says where it was and why.</summary>
public sealed class GenerationFailedException : Exception
{
    public GenerationFailedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
