using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>A small request: facts, lists.</summary>
/// <param name="Address">Where to.</param>
/// <param name="What">What it is about, for messages: "org/name@rev".</param>
/// <param name="RepositoryId">The repository.</param>
internal sealed record HubQuestion(Uri Address, string What, string RepositoryId);

/// <summary>Asks small questions until they are answered, the failure is final, or the tries are used up.</summary>
internal sealed class HubRequests(HubExchange exchange, HubOptions options, TimeProvider time)
{
    /// <summary>Sends the question and reads the answer; a body that breaks or makes no sense is asked for again.</summary>
    /// <exception cref="HubException">The hub refuses, fails or cannot be reached.</exception>
    public async Task<T> SendAsync<T>(HubQuestion question, Func<Exchanged, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        if (options.Offline)
        {
            throw new HubException(HubError.Offline, $"{question.What} is not in the store and HF_HUB_OFFLINE is set. Unset it to fetch, or pull the model while online.");
        }
        for (var attempt = 1; ; attempt++)
        {
            SourceException failure;
            using (var limit = new CancellationTokenSource(options.StallTimeout, time))
            using (var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken))
            {
                try
                {
                    using var answer = await exchange.SendAsync(blocking: false, HttpMethod.Get, question.Address, null, null, both.Token).ConfigureAwait(false);
                    if ((int)answer.Response.StatusCode < 400) return await read(answer, both.Token).ConfigureAwait(false);
                    failure = HubFailure.Of(answer.Response, question.What, question.RepositoryId, options.Token is not null, time.GetUtcNow(), isFile: false);
                }
                catch (SourceException refused)
                {
                    failure = refused;
                }
                catch (Exception broken) when (broken is HttpRequestException or IOException)
                {
                    failure = HubFailure.Of(broken, question.Address);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    failure = new SourceException(SourceFailure.Transient, $"{HubFailure.HostOf(question.Address)} does not answer") { Error = HubError.Unreachable };
                }
            }

            if (failure.Failure == SourceFailure.Fatal) throw (HubException)failure.InnerException!;
            if (attempt >= options.MaxAttempts || failure.RetryAfter > options.Patience) throw GivenUp(failure, question.What, attempt);
            await Task.Delay(BackOff.Delay(attempt, failure.RetryAfter, options, Random.Shared.NextDouble()), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>An answer that makes no sense; it may the next time.</summary>
    public static SourceException Nonsense(Uri address, string what, Exception? cause = null) =>
        new(SourceFailure.Transient, $"{HubFailure.HostOf(address)} {what}", cause) { Error = HubError.BadAnswer };

    private static HubException GivenUp(SourceException failure, string what, int attempts) => new(
        failure.Error, $"Asking for {what} failed{(attempts == 1 ? "" : $" {attempts} times")} because {failure.Message}. " + failure.Error switch
        {
            HubError.RateLimited => $"Wait {(failure.RetryAfter is { } wait ? $"{wait.TotalSeconds:0} s" : "a while")}, or set HF_TOKEN for a larger allowance.",
            HubError.BadAnswer => "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of one.",
            _ => "Check the network, the proxy and HF_ENDPOINT, then try again.",
        }, failure);
}
