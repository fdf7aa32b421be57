using System.Text;

namespace Exo.Api.Http.OpenAi;

/// <summary>Tells one completion as it comes: the prompt first where it is to be echoed.</summary>
/// <param name="request">What was asked.</param>
/// <param name="logprobs">The likeliest tokens to tell; null: no log-probabilities at all.</param>
internal sealed class CompletionWriter(AnswerRequest request, int? logprobs)
{
    private readonly TextLogprobsWriter _logprobs = new(logprobs ?? 0);

    /// <summary>What an event has to tell; nothing, often.</summary>
    public IEnumerable<CompletionPart> Write(AnswerEvent next)
    {
        if (next.Prompt is { } prompt)
        {
            var text = request.Text ?? Encoding.UTF8.GetString([.. prompt.SelectMany(token => token.Bytes ?? [])]);
            yield return new CompletionPart(text, logprobs is null ? null : _logprobs.Of(prompt, next.PromptTopLogprobs!), null);
        }
        var tells = logprobs is not null && next.Tokens.Count > 0;
        if (next.Text.Length > 0 || next.FinishReason is not null || tells)
            yield return new CompletionPart(next.Text, tells ? _logprobs.Of(next.Tokens) : null, next.FinishReason);
    }
}

/// <summary>A part of a completion.</summary>
internal sealed record CompletionPart(string Text, TextLogprobs? Logprobs, FinishReason? Reason)
{
    public TextChoice AsChoice(int index) => new(index, Text, Logprobs, Reason is { } reason ? Answered.Reason(reason) : null);

    /// <summary>All parts as one.</summary>
    public static CompletionPart Join(IReadOnlyList<CompletionPart> parts)
    {
        var told = parts.Where(part => part.Logprobs is not null).Select(part => part.Logprobs!).ToArray();
        var logprobs = told.Length == 0 ? null : new TextLogprobs(
            [.. told.SelectMany(part => part.Tokens)],
            [.. told.SelectMany(part => part.TokenLogprobs)],
            [.. told.SelectMany(part => part.TopLogprobs)],
            [.. told.SelectMany(part => part.TextOffset)]);
        return new CompletionPart(string.Concat(parts.Select(part => part.Text)), logprobs, parts.LastOrDefault()?.Reason);
    }
}
