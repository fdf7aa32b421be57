using System.Runtime.CompilerServices;

namespace Exo.Api.Events;

/// <summary>Streams whose snapshots are posted as they pass.</summary>
internal static class EventTap
{
    /// <summary>The same stream; its failure is posted too.</summary>
    public static async IAsyncEnumerable<T> PostingTo<T>(
        this IAsyncEnumerable<T> items, EventBoard board, string key, Func<T, ExoEvent> asEvent, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var enumerator = items.GetAsyncEnumerator(cancellationToken);
        string? failure = "stopped";
        try
        {
            while (await MoveAsync())
            {
                board.Post(asEvent(enumerator.Current));
                yield return enumerator.Current;
            }
            failure = null;
        }
        finally
        {
            if (failure is not null) board.Post(new ExoEvent { Key = key, Failure = failure });
        }

        async Task<bool> MoveAsync()
        {
            try
            {
                return await enumerator.MoveNextAsync();
            }
            catch (Exception broken) when (broken is not OperationCanceledException)
            {
                failure = broken.Message;
                throw;
            }
        }
    }
}
