using System.Runtime.CompilerServices;

namespace Exo.Grains.Tests.Losses;

/// <summary>Streams that must go on: a test that waits for a part that never comes says which.</summary>
internal static class PatientStream
{
    /// <summary>The same stream.</summary>
    /// <param name="patience">How long the next item may take.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <exception cref="TimeoutException">It never came.</exception>
    public static async IAsyncEnumerable<T> WithPatience<T>(this IAsyncEnumerable<T> items, TimeSpan patience, string what, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var enumerator = items.GetAsyncEnumerator(cancellationToken);
        for (var count = 0; ; count++)
        {
            var next = enumerator.MoveNextAsync().AsTask();
            if (await Task.WhenAny(next, Task.Delay(patience, cancellationToken)) != next) throw new TimeoutException($"{what} never came, after {count} of them and {patience.TotalSeconds:0} s");
            if (!await next) yield break;
            yield return enumerator.Current;
        }
    }
}
