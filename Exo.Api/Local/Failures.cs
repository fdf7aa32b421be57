using System.Runtime.CompilerServices;
using Exo.Engine;
using Exo.Engine.Chat;
using Exo.Engine.Scheduling;
using Exo.Hub;

namespace Exo.Api.Local;

/// <summary>Turns the expected failures of the rooms below into the contract's.</summary>
internal static class Failures
{
    /// <summary>The failure as the contract tells it; null for one that is none of the expected.</summary>
    public static ExoException? Translate(Exception failure) => failure switch
    {
        ExoException already => already,
        InvalidModelException invalid => new ExoException(ExoErrorKind.InvalidModel, invalid.Message, invalid),
        ChatTemplateException { Fault: ChatTemplateFault.Refused } refused => new ExoException(ExoErrorKind.BadRequest, $"the model's chat template refuses the conversation: {refused.Problem}", refused),
        ChatTemplateException template => new ExoException(ExoErrorKind.InvalidModel, template.Message, template),
        HubException hub => new ExoException(KindOf(hub.Error), hub.Message, hub),
        GenerationFailedException broken => new ExoException(ExoErrorKind.Failure, broken.Message, broken),
        UnauthorizedAccessException denied => new ExoException(ExoErrorKind.Failure, $"{denied.Message} Check its owner and rights, or have models kept elsewhere: HF_HUB_CACHE or HF_HOME", denied),
        OutOfMemoryException memory => new ExoException(ExoErrorKind.OutOfMemory, $"memory is exhausted: {memory.Message}", memory),
        _ => null,
    };

    /// <summary>An argument exception's words for people, without the name of the parameter.</summary>
    public static string WithoutParameter(ArgumentException refused)
    {
        var end = refused.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return (end < 0 ? refused.Message : refused.Message[..end]).TrimEnd('.');
    }

    public static async Task<T> Translated<T>(this Task<T> task)
    {
        try
        {
            return await task;
        }
        catch (Exception failure) when (Translate(failure) is { } expected && expected != failure)
        {
            throw expected;
        }
    }

    public static async IAsyncEnumerable<T> Translated<T>(this IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var enumerator = items.GetAsyncEnumerator(cancellationToken);
        while (await enumerator.MoveNextAsync().AsTask().Translated()) yield return enumerator.Current;
    }

    private static ExoErrorKind KindOf(HubError error) => error switch
    {
        HubError.RepositoryNotFound or HubError.RevisionNotFound or HubError.FileNotFound or HubError.NothingToPull or HubError.NotInStore or HubError.RepositoryDisabled => ExoErrorKind.ModelNotFound,
        HubError.RepositoryGated or HubError.AccessDenied => ExoErrorKind.Forbidden,
        HubError.NotEnoughSpace => ExoErrorKind.DiskFull,
        HubError.RateLimited or HubError.ServerFailing or HubError.Unreachable or HubError.Offline or HubError.BadAnswer => ExoErrorKind.Unavailable,
        HubError.HashMismatch or HubError.ContentChanged => ExoErrorKind.Unavailable,
        HubError.UnsafeFile => ExoErrorKind.InvalidModel,
        HubError.UnsafeName => ExoErrorKind.BadRequest,
        _ => ExoErrorKind.Failure,
    };
}
