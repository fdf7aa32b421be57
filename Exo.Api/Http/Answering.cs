using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Exo.Api.Http;

/// <summary>One event of one of a request's answers.</summary>
internal readonly record struct ChoiceEvent(int Index, AnswerEvent Event);

/// <summary>Has a request's answers written, within the server's limits. Knows nothing of how they are asked for and told.</summary>
internal sealed class Answering(IExoService service, HttpLimits limits, TimeProvider time)
{
    /// <summary>Events that may wait for a slow reader; the writing of answers never waits for it longer than its own length.</summary>
    private const int Waiting = 64;

    private readonly AnswerTurnstile _turnstile = new(limits.Answers);

    /// <summary>Writes all answers side by side; their events come as they are made, each answer's in its order.</summary>
    /// <exception cref="ExoException">One can't be written: then none is.</exception>
    public async IAsyncEnumerable<ChoiceEvent> AnswerAsync(IReadOnlyList<AnswerRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var visit = _turnstile.Enter(requests.Count);
        using var limit = new CancellationTokenSource(limits.Answer, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var events = requests.Count == 1 ? OneAsync(requests[0], 0, stop.Token) : AllAsync(requests, stop);
        await using var enumerator = events.GetAsyncEnumerator(stop.Token);
        while (await MoveAsync(enumerator, limit.Token, cancellationToken)) yield return enumerator.Current;
    }

    private async Task<bool> MoveAsync(IAsyncEnumerator<ChoiceEvent> events, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            if (!await events.MoveNextAsync()) return false;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooLong();
        }
        if (events.Current.Event.FinishReason != FinishReason.Cancelled) return true;
        cancellationToken.ThrowIfCancellationRequested();
        throw limit.IsCancellationRequested ? TooLong() : new ExoException(ExoErrorKind.Unavailable, "the answer was broken off by the server, which is ending or has unloaded the model: ask again");
    }

    private async IAsyncEnumerable<ChoiceEvent> OneAsync(AnswerRequest request, int index, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in service.AnswerAsync(request, cancellationToken)) yield return new ChoiceEvent(index, next);
    }

    private async IAsyncEnumerable<ChoiceEvent> AllAsync(IReadOnlyList<AnswerRequest> requests, CancellationTokenSource stop)
    {
        var channel = Channel.CreateBounded<ChoiceEvent>(new BoundedChannelOptions(Waiting) { SingleReader = true });
        var writing = WriteAllAsync(requests, channel.Writer, stop);
        try
        {
            await foreach (var next in channel.Reader.ReadAllAsync(CancellationToken.None)) yield return next;
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    /// <summary>The first failure ends all.</summary>
    private async Task WriteAllAsync(IReadOnlyList<AnswerRequest> requests, ChannelWriter<ChoiceEvent> writer, CancellationTokenSource stop)
    {
        Exception? failure = null;
        await Task.WhenAll(requests.Select(async (request, index) =>
        {
            try
            {
                await foreach (var next in OneAsync(request, index, stop.Token)) await writer.WriteAsync(next, stop.Token);
            }
            catch (Exception first)
            {
                Interlocked.CompareExchange(ref failure, first, null);
                await stop.CancelAsync();
            }
        }));
        writer.Complete(failure);
    }

    private ExoException TooLong() => new(ExoErrorKind.Failure, $"the answer took longer than this server allows ({limits.Answer.TotalMinutes:0.#} minutes): ask for fewer tokens");
}
