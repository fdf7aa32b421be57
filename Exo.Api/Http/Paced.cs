using System.Runtime.CompilerServices;

namespace Exo.Api.Http;

/// <summary>An item, or a silence long enough to be told.</summary>
internal readonly record struct Paced<T>(bool IsSilence, T Item);

/// <summary>Streams with their silences.</summary>
internal static class Pacing
{
    /// <summary>The items as they come; whenever none has come for <paramref name="interval"/>, a silence.</summary>
    public static async IAsyncEnumerable<Paced<T>> WithSilences<T>(
        this IAsyncEnumerable<T> items, TimeSpan interval, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var enumerator = items.GetAsyncEnumerator(left.Token);
        Task<bool>? next = null;
        try
        {
            while (true)
            {
                var move = enumerator.MoveNextAsync();
                if (!move.IsCompleted)
                {
                    next = move.AsTask();
                    while (!await EndsWithinAsync(next, interval, time)) yield return new Paced<T>(true, default!);
                    move = new ValueTask<bool>(next);
                }
                if (!await move) yield break;
                next = null;
                yield return new Paced<T>(false, enumerator.Current);
            }
        }
        finally
        {
            // An enumerator must be at rest before it is disposed.
            await left.CancelAsync();
            if (next is not null) await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await enumerator.DisposeAsync();
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan interval, TimeProvider time)
    {
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(interval, time, enough.Token));
        await enough.CancelAsync();
        return task.IsCompleted;
    }
}
