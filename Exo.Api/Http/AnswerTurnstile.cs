namespace Exo.Api.Http;

/// <summary>Counts the answers being written or waiting, so that a flood is turned away instead of queueing without end.</summary>
internal sealed class AnswerTurnstile(int capacity)
{
    private int _inside;

    /// <summary>Lets answers in until the result is disposed.</summary>
    /// <exception cref="ExoException">There are too many already.</exception>
    public IDisposable Enter(int count)
    {
        if (Interlocked.Add(ref _inside, count) <= capacity) return new Visit(this, count);
        Interlocked.Add(ref _inside, -count);
        throw new ExoException(ExoErrorKind.Busy, $"{Volatile.Read(ref _inside)} answers are being written or waiting and this server takes {capacity}: try again in a moment");
    }

    private sealed class Visit(AnswerTurnstile turnstile, int count) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) Interlocked.Add(ref turnstile._inside, -count);
        }
    }
}
