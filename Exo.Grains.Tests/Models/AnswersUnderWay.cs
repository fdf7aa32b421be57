namespace Exo.Grains.Tests.Models;

/// <summary>
/// Keeps a model in use: one answer that has begun, and so many more queued behind it that no machine is through with them before the test has looked.
/// Leaving them lets the model go.
/// </summary>
/// <typeparam name="T">What an answer comes in.</typeparam>
internal sealed class AnswersUnderWay<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving;
    private readonly IAsyncEnumerator<T>[] _answers;
    private readonly Task<bool>[] _first;
    private bool _isOver;

    private AnswersUnderWay(Func<CancellationToken, IAsyncEnumerable<T>> ask, int count, CancellationToken cancellationToken)
    {
        _leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _answers = [.. Enumerable.Range(0, count).Select(_ => ask(_leaving.Token).GetAsyncEnumerator(_leaving.Token))];
        _first = [.. _answers.Select(answer => answer.MoveNextAsync().AsTask())];
    }

    /// <summary>Asks for so many answers; returns when the first part of any has come.</summary>
    public static async Task<AnswersUnderWay<T>> BeginAsync(Func<CancellationToken, IAsyncEnumerable<T>> ask, int count, CancellationToken cancellationToken)
    {
        var answers = new AnswersUnderWay<T>(ask, count, cancellationToken);
        Assert.True(await await Task.WhenAny(answers._first));
        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver) return;
        _isOver = true;
        await _leaving.CancelAsync();
        foreach (var first in _first) await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var answer in _answers) await answer.DisposeAsync();
        _leaving.Dispose();
    }
}
